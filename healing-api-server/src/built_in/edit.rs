//! Changing an object at places that may not be there
//!
//! It owns the care: a place of another type than expected is left alone, and nothing panics.

use serde_json::{Map, Value, json};

use super::wire;

/// Puts a value where there is none
pub(super) fn default(object: &mut Value, field: &str, value: impl Into<Value>) {
    if let Value::Object(object) = object {
        let is = object.entry(field).or_insert(Value::Null);
        if is.is_null() {
            *is = value.into();
        }
    }
}

/// Puts a value where there is none or an empty text
pub(super) fn default_text(object: &mut Value, field: &str, value: &str) {
    if object[field] == "" {
        set(object, field, Value::Null);
    }
    default(object, field, value);
}

/// Puts a value where there is none or zero
pub(super) fn default_number(object: &mut Value, field: &str, value: i64) {
    if object[field] == 0 {
        set(object, field, Value::Null);
    }
    default(object, field, value);
}

/// Puts a value, whatever there is; null takes it away
pub(super) fn set(object: &mut Value, field: &str, value: impl Into<Value>) {
    if let Value::Object(object) = object {
        match value.into() {
            Value::Null => object.remove(field),
            value => object.insert(field.to_owned(), value),
        };
    }
}

/// Puts a value into an object that is made if it is missing
pub(super) fn set_below(object: &mut Value, outer: &str, field: &str, value: impl Into<Value>) {
    default(object, outer, json!({}));
    if let Some(outer) = object.get_mut(outer) {
        set(outer, field, value);
    }
}

/// Takes a field from the old object, also its absence
pub(super) fn keep(new: &mut Value, old: &Value, field: &str) {
    set(new, field, old.get(field).cloned().unwrap_or(Value::Null));
}

/// Takes a field of the metadata from the old object, also its absence
pub(super) fn keep_meta(new: &mut Value, old: &Value, field: &str) {
    let value = old["metadata"].get(field).cloned().unwrap_or(Value::Null);
    set_below(new, "metadata", field, value);
}

/// The place at a path of fields; none if it is not there
pub(super) fn at<'a>(object: &'a mut Value, path: &[&str]) -> Option<&'a mut Value> {
    path.iter().try_fold(object, |place, field| place.get_mut(*field))
}

/// The fields at a path; nothing if there are none
pub(super) fn fields<'a>(object: &'a mut Value, path: &[&str]) -> Option<&'a mut Map<String, Value>> {
    at(object, path)?.as_object_mut()
}

/// The elements of the list at a path; nothing if there is none
pub(super) fn each<'a>(object: &'a mut Value, path: &[&str]) -> impl Iterator<Item = &'a mut Value> {
    at(object, path).and_then(Value::as_array_mut).into_iter().flatten()
}

/// Fills in defaults between two writings in the form of the type `kind`
pub(super) fn fill(object: &mut Value, kind: &str, default: impl FnOnce(&mut Value)) {
    // empty texts and zeros are as good as nothing for defaults
    wire::normalize(object, kind);
    default(object);
    // what was filled in may have parts that are always written
    wire::normalize(object, kind);
}
