//! The metadata of an object: reading it, and the times in it
//!
//! It owns the access. What the server puts into metadata is in `write`.

mod name;
mod owner;
mod validate;

use jiff::Timestamp;
use serde_json::Value;

pub(crate) use name::{NameRule, label, label_key, label_value, subdomain};
pub(crate) use owner::{Moment, owners_once};
pub(crate) use validate::{
    validate_annotations, validate_embedded, validate_labels, validate_meta, validate_meta_update,
};

/// Access to `metadata` of an object in its JSON form
pub(crate) trait Meta {
    /// A text of the metadata; empty if there is none
    fn meta(&self, field: &str) -> &str;
    fn name(&self) -> &str {
        self.meta("name")
    }
    fn namespace(&self) -> &str {
        self.meta("namespace")
    }
    fn uid(&self) -> &str {
        self.meta("uid")
    }
    fn is_terminating(&self) -> bool {
        !self.meta("deletionTimestamp").is_empty()
    }
    fn finalizers(&self) -> Vec<&str>;
    fn owners(&self) -> &[Value];
}

impl Meta for Value {
    fn meta(&self, field: &str) -> &str {
        self["metadata"][field].as_str().unwrap_or_default()
    }

    fn finalizers(&self) -> Vec<&str> {
        let finalizers = self["metadata"]["finalizers"].as_array();
        finalizers.into_iter().flatten().filter_map(Value::as_str).collect()
    }

    fn owners(&self) -> &[Value] {
        self["metadata"]["ownerReferences"].as_array().map_or(&[], Vec::as_slice)
    }
}

/// Leaves out of the metadata what is empty, as a server does that knows its form
pub(crate) fn tidy(object: &mut Value) {
    let Some(metadata) = object["metadata"].as_object_mut() else { return };
    for name in ["labels", "annotations"] {
        let texts = metadata.get_mut(name).and_then(Value::as_object_mut);
        // a reader that knows them as texts takes no value for an empty one
        for value in texts.into_iter().flat_map(|texts| texts.values_mut()).filter(|value| value.is_null()) {
            *value = "".into();
        }
    }
    metadata.retain(|name, value| match value {
        Value::Null => false,
        // An empty list asks for the entries to be forgotten.
        Value::Array(_) if name == "managedFields" => true,
        Value::String(text) => !text.is_empty(),
        Value::Array(list) => !list.is_empty(),
        Value::Object(map) => !map.is_empty(),
        Value::Bool(_) | Value::Number(_) => true,
    });
}

/// A time as metadata shows it: whole seconds
pub(crate) fn seconds(time: Timestamp) -> String {
    let whole = Timestamp::from_second(time.as_second()).unwrap_or(time);
    format!("{whole:.0}")
}

/// A time as Leases and Events show it: exactly six digits
pub(crate) fn micros(time: Timestamp) -> String {
    format!("{time:.6}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn labels_without_a_value_are_empty() {
        let mut object = json!({ "metadata": { "labels": { "a": null }, "annotations": null, "name": "" } });
        tidy(&mut object);
        assert_eq!(object, json!({ "metadata": { "labels": { "a": "" } } }));
    }

    #[test]
    fn times_have_the_digits_that_kubernetes_reads() {
        let time: Timestamp = "2026-11-22T10:00:00.123456789Z".parse().unwrap();
        assert_eq!(seconds(time), "2026-11-22T10:00:00Z");
        assert_eq!(micros(time), "2026-11-22T10:00:00.123456Z");
    }
}
