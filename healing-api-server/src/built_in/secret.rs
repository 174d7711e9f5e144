//! Secret: values that are not for everybody
//!
//! It owns what is particular about the kind; the form of its fields is in its schema.

use super::cell::text;
use super::{BuiltIn, Column, age};

pub(super) const KIND: BuiltIn = BuiltIn {
    kind: "Secret",
    plural: "secrets",
    singular: "secret",
    schema: "io.k8s.api.core.v1.Secret",
    columns: &[
        Column::NAME,
        Column::shown("Type", "string", "@type"),
        Column::shown("Data", "string", "@data"),
        Column::AGE,
    ],
    cells: |object, now| {
        let count = object["data"].as_object().map_or(0, serde_json::Map::len);
        vec![object["metadata"]["name"].clone(), text(&object["type"]).into(), count.into(), age(object, now)]
    },
    ..BuiltIn::PLAIN
};
