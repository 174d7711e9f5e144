//! Whether the elements of sets differ, and those of list maps by their keys
//!
//! It owns what counts as the same. Errors of the elements themselves are found elsewhere.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::field_error::{FieldError, Reason};
use crate::go_text;
use crate::place::{child, index, key};
use crate::schema::{Additional, ListType, Schema};

/// Every element that is there before, once for each that is repeated
pub(super) fn check(schema: &Schema, object: &Value) -> Vec<FieldError> {
    let mut errors = Vec::new();
    walk(schema, object, "", &mut errors);
    errors
}

fn walk(schema: &Schema, value: &Value, path: &str, errors: &mut Vec<FieldError>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                if let Some(field) = schema.properties.get(name) {
                    walk(field, value, &child(path, name), errors);
                } else if let Additional::Schema(values) = &schema.additional {
                    walk(values, value, &key(path, name), errors);
                }
            }
        }
        Value::Array(elements) => {
            match schema.list_type {
                ListType::Set => repeated(path, elements, errors),
                ListType::Map => map(schema, path, elements, errors),
                ListType::Atomic => {}
            }
            let Some(items) = &schema.items else { return };
            for (at, element) in elements.iter().enumerate() {
                walk(items, element, &index(path, at), errors);
            }
        }
        _ => {}
    }
}

fn map(schema: &Schema, path: &str, elements: &[Value], errors: &mut Vec<FieldError>) {
    let wrong = |element: &&Value| !matches!(element, Value::Null | Value::Object(_));
    if let Some((at, element)) = elements.iter().enumerate().find(|(_, element)| wrong(element)) {
        let detail = "must be an object for an array of list-type map";
        errors.push(FieldError::of_value(Reason::Invalid, index(path, at), element, detail));
        return;
    }
    let keys = elements.iter().map(|element| {
        let found = schema.list_map_keys.iter().filter_map(|name| {
            let value = element.get(name)?;
            Some((name.clone(), value.clone()))
        });
        Value::Object(found.collect::<Map<_, _>>())
    });
    repeated(path, &keys.collect::<Vec<_>>(), errors);
}

fn repeated(path: &str, values: &[Value], errors: &mut Vec<FieldError>) {
    let mut seen = BTreeMap::new();
    for (at, value) in values.iter().enumerate() {
        // plain values differ by their type too, as 1 and 1.0; inside of others they do not
        let written = match value {
            Value::Array(_) | Value::Object(_) => go_text::json(value),
            plain => plain.to_string(),
        };
        let times = seen.entry(written).or_insert(0_usize);
        *times += 1;
        if *times == 2 {
            errors.push(FieldError::of_value(Reason::Duplicate, index(path, at), value, ""));
        }
    }
}
