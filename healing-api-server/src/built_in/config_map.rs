//! `ConfigMap`: settings as texts
//!
//! It owns what is particular about the kind; the form of its fields is in its schema.

use serde_json::Value;

use super::edit::fill;
use super::{BuiltIn, Column, age};

pub(super) const KIND: BuiltIn = BuiltIn {
    kind: "ConfigMap",
    plural: "configmaps",
    singular: "configmap",
    short_names: &["cm"],
    schema: "io.k8s.api.core.v1.ConfigMap",
    default: |object| fill(object, "ConfigMap", |_| {}),
    columns: &[Column::NAME, Column::shown("Data", "string", "@data"), Column::AGE],
    cells: |object, now| {
        let entries = |field: &str| object[field].as_object().map_or(0, serde_json::Map::len);
        let count = entries("data") + entries("binaryData");
        vec![object["metadata"]["name"].clone(), Value::from(count), age(object, now)]
    },
    ..BuiltIn::PLAIN
};
