//! Whether resources inside of a resource say what they are
//!
//! It owns `apiVersion` and `kind` of embedded resources. What is wrong with their `metadata` is told by who knows
//! metadata.

use serde_json::{Map, Value};

use crate::field_error::{FieldError, Reason};
use crate::place::{child, index, key};
use crate::schema::{Additional, Schema};

const LABEL: &str = "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";
const NOT_A_TEXT: &str = "must be a string";
const LABEL_MAX_BYTES: usize = 63;

/// Tells what is wrong with the `metadata` of a resource
type Metadata = Option<fn(&Value) -> Vec<FieldError>>;

pub(super) fn check(schema: &Schema, object: &Value, metadata: Metadata) -> Vec<FieldError> {
    let mut errors = Vec::new();
    walk(schema, object, "", &mut |path, resource| {
        if let Value::Object(fields) = resource {
            identity(fields, path, &mut errors);
        }
        let wrong = metadata.map(|metadata| metadata(resource)).unwrap_or_default();
        errors
            .extend(wrong.into_iter().map(|error| FieldError { field: child(path, &error.field), ..error }));
    });
    errors
}

/// An `apiVersion` or `kind` that is no text: an API server refuses to decode such an object
pub(super) fn undecodable(schema: &Schema, object: &Value) -> Option<FieldError> {
    let is_text = |error: &FieldError| error.detail == NOT_A_TEXT;
    check(schema, object, None).into_iter().find(is_text)
}

/// Calls `each` for all embedded resources
fn walk(schema: &Schema, value: &Value, path: &str, each: &mut impl FnMut(&str, &Value)) {
    match value {
        Value::Object(fields) => {
            if schema.embedded {
                each(path, value);
            }
            for (name, value) in fields {
                if let Some(field) = schema.properties.get(name) {
                    walk(field, value, &child(path, name), each);
                } else if let Additional::Schema(values) = &schema.additional {
                    walk(values, value, &key(path, name), each);
                }
            }
        }
        Value::Array(elements) => {
            let Some(items) = &schema.items else { return };
            for (at, element) in elements.iter().enumerate() {
                walk(items, element, &index(path, at), each);
            }
        }
        _ => {}
    }
}

fn identity(fields: &Map<String, Value>, path: &str, errors: &mut Vec<FieldError>) {
    let names = ["apiVersion", "kind"];
    for name in names.iter().filter(|name| !fields.contains_key(**name)) {
        errors.push(FieldError::new(Reason::Required, child(path, name), ""));
    }
    for name in names {
        let Some(value) = fields.get(name) else { continue };
        let detail = match value.as_str() {
            None => Some(NOT_A_TEXT.to_owned()),
            Some("") => Some("must not be empty".to_owned()),
            Some(version) if name == "apiVersion" => wrong_version(version),
            Some(kind) => wrong_kind(kind),
        };
        if let Some(detail) = detail {
            errors.push(FieldError::of_value(Reason::Invalid, child(path, name), value, detail));
        }
    }
}

fn wrong_version(version: &str) -> Option<String> {
    (version.matches('/').count() > 1).then(|| format!("unexpected GroupVersion string: {version}"))
}

fn wrong_kind(kind: &str) -> Option<String> {
    let kind = kind.to_lowercase();
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let is_label =
        kind.starts_with(|c: char| c.is_ascii_lowercase()) && kind.chars().all(inner) && !kind.ends_with('-');
    let too_long =
        (kind.len() > LABEL_MAX_BYTES).then(|| format!("must be no more than {LABEL_MAX_BYTES} characters"));
    let wrong: Vec<_> = too_long.into_iter().chain((!is_label).then(|| LABEL.to_owned())).collect();
    let words = "may have mixed case, but should otherwise match";
    (!wrong.is_empty()).then(|| format!("{words}: {}", wrong.join(",")))
}
