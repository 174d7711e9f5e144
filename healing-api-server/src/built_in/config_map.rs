//! `ConfigMap`: settings as texts
//!
//! It owns what is particular about the kind; the form of its fields is in its schema.

use serde_json::Value;
use structural_schema::FieldError;

use super::check::{Errors, data_key};
use super::edit::fill;
use super::{BuiltIn, Column, age};

pub(super) const KIND: BuiltIn = BuiltIn {
    kind: "ConfigMap",
    plural: "configmaps",
    singular: "configmap",
    short_names: &["cm"],
    schema: "io.k8s.api.core.v1.ConfigMap",
    default: |object| fill(object, "ConfigMap", |_| {}),
    validate,
    columns: &[Column::NAME, Column::shown("Data", "string", "@data"), Column::AGE],
    cells: |object, now| {
        let entries = |field: &str| object[field].as_object().map_or(0, serde_json::Map::len);
        let count = entries("data") + entries("binaryData");
        vec![object["metadata"]["name"].clone(), Value::from(count), age(object, now)]
    },
    ..BuiltIn::PLAIN
};

/// Bytes of all values together
pub(super) const SIZE_MAX_BYTES: usize = 1024 * 1024;

fn validate(new: &Value, old: Option<&Value>) -> Vec<FieldError> {
    let mut errors = Errors::default();
    if let Some(old) = old {
        errors.keeps_data(new, old, &["data", "binaryData"]);
    }
    let mut bytes = 0;
    for field in ["data", "binaryData"] {
        for (key, value) in new[field].as_object().into_iter().flatten() {
            let place = format!("{field}[{key}]");
            errors.problems(&place, key, data_key(key));
            if field == "data" && !new["binaryData"][key.as_str()].is_null() {
                errors.invalid(place, &key.as_str().into(), "duplicate of key present in binaryData");
            }
            let length = value.as_str().map_or(0, str::len);
            bytes += if field == "data" { length } else { length / 4 * 3 };
        }
    }
    if bytes > SIZE_MAX_BYTES {
        errors.too_long("[]", SIZE_MAX_BYTES);
    }
    errors.0
}
