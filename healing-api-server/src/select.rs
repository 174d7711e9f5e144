//! Label and field selectors: reading them, and whether an object matches
//!
//! It owns both languages. Which fields a kind can be selected by is the kind's business.

mod field;
mod label;

use serde_json::Value;

use self::field::FieldSelector;
use self::label::LabelSelector;
use crate::Refusal;
use crate::call::Query;
use crate::kind::{Kind, Source};
use crate::meta::Meta;

/// What a list or a watch is limited to
#[derive(Clone, Debug, Default)]
pub(crate) struct Selector {
    labels: LabelSelector,
    fields: FieldSelector,
}

// === impl Selector ===

impl Selector {
    /// Reads both selectors of a request
    ///
    /// # Errors
    /// 400 for what cannot be read and for fields that the kind does not know.
    pub(crate) fn parse(kind: &Kind, query: &Query) -> Result<Self, Refusal> {
        let labels = LabelSelector::parse(&query.label_selector).map_err(Refusal::bad_request)?;
        let fields = FieldSelector::parse(&query.field_selector).map_err(Refusal::bad_request)?;
        for name in fields.names() {
            if !knows(kind, name) {
                return Err(Refusal::bad_request(unknown_field(kind, name)));
            }
        }
        Ok(Self { labels, fields })
    }

    /// Whether nothing is left out
    pub(crate) fn is_empty(&self) -> bool {
        self.labels.is_empty() && self.fields.is_empty()
    }

    /// Leaves only the object of this name
    pub(crate) fn narrow_to(&mut self, name: &str) {
        self.fields.require("metadata.name", name);
    }

    pub(crate) fn matches(&self, kind: &Kind, object: &Value) -> bool {
        self.labels.matches(&object["metadata"]["labels"])
            && (self.fields.is_empty() || self.fields.matches(|name| value(kind, object, name)))
    }
}

/// Whether a selector in an object, with `matchLabels` and `matchExpressions`, selects another object
///
/// The empty one selects everything, none at all nothing; so does one that cannot be read.
pub(crate) fn selects(selector: &Value, object: &Value) -> bool {
    if !selector.is_object() {
        return false;
    }
    let labels = &object["metadata"]["labels"];
    let mut equal = selector["matchLabels"].as_object().into_iter().flatten();
    let mut expressions = selector["matchExpressions"].as_array().into_iter().flatten();
    equal.all(|(key, value)| labels[key] == *value)
        && expressions.all(|expression| {
            let label = &labels[expression["key"].as_str().unwrap_or_default()];
            let is_in = || expression["values"].as_array().is_some_and(|values| values.contains(label));
            match expression["operator"].as_str() {
                Some("In") => is_in(),
                Some("NotIn") => !is_in(),
                Some("Exists") => !label.is_null(),
                Some("DoesNotExist") => label.is_null(),
                _ => false,
            }
        })
}

fn knows(kind: &Kind, name: &str) -> bool {
    match (&kind.source, name) {
        (_, "metadata.name" | "metadata.namespace") => true,
        (Source::BuiltIn(built_in), name) => {
            (built_in.fields)(&Value::Null).iter().any(|(known, _)| *known == name)
        }
        (Source::Custom(custom), name) => custom.selectable.iter().any(|known| known == name),
    }
}

fn unknown_field(kind: &Kind, name: &str) -> String {
    match &kind.source {
        Source::BuiltIn(built_in) if !(built_in.fields)(&Value::Null).is_empty() => {
            format!("field label not supported: {name}")
        }
        Source::BuiltIn(_) => format!(
            "\"{name}\" is not a known field selector: only \"metadata.name\", \"metadata.namespace\""
        ),
        Source::Custom(_) => format!("field label not supported: {name}"),
    }
}

fn value(kind: &Kind, object: &Value, name: &str) -> String {
    match (name, &kind.source) {
        ("metadata.name", _) => object.name().to_owned(),
        ("metadata.namespace", _) => object.namespace().to_owned(),
        (name, Source::BuiltIn(built_in)) => {
            let fields = (built_in.fields)(object);
            fields.into_iter().find(|(known, _)| *known == name).map(|(_, value)| value).unwrap_or_default()
        }
        (name, Source::Custom(_)) => {
            let at = name.split('.').fold(object, |at, part| &at[part]);
            match at {
                Value::Null => String::new(),
                Value::String(text) => text.clone(),
                other => other.to_string(),
            }
        }
    }
}
