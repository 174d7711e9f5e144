//! Namespace: where other objects live
//!
//! It owns what is particular about the kind; the form of its fields is in its schema.

use super::cell::text;
use super::{BuiltIn, Column, NameRule, age};

pub(super) const KIND: BuiltIn = BuiltIn {
    kind: "Namespace",
    plural: "namespaces",
    singular: "namespace",
    short_names: &["ns"],
    namespaced: false,
    schema: "io.k8s.api.core.v1.Namespace",
    subresources: &["status", "finalize"],
    verbs: &["create", "delete", "get", "list", "patch", "update", "watch"],
    names: NameRule::Label,
    delete_shows_object: true,
    columns: &[Column::NAME, Column::shown("Status", "string", "@status.phase"), Column::AGE],
    cells: |object, now| {
        vec![object["metadata"]["name"].clone(), text(&object["status"]["phase"]).into(), age(object, now)]
    },
    ..BuiltIn::PLAIN
};
