//! `PriorityClass`
//!
//! It owns what is particular about the kind; the form of its fields is in its schema.

use super::BuiltIn;

pub(super) const KIND: BuiltIn = BuiltIn {
    group: "scheduling.k8s.io",
    kind: "PriorityClass",
    plural: "priorityclasses",
    singular: "priorityclass",
    short_names: &["pc"],
    namespaced: false,
    schema: "io.k8s.api.scheduling.v1.PriorityClass",
    generation: true,
    ..BuiltIn::PLAIN
};
