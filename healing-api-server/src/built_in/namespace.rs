//! Namespace
//!
//! It owns what is particular about the kind; the form of its fields is in its schema.

use super::{BuiltIn, NameRule};

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
    ..BuiltIn::PLAIN
};
