//! `PriorityClass`: how important pods are
//!
//! It owns what is particular about the kind; the form of its fields is in its schema.

use super::cell::{number, text};
use super::edit::{self, fill};
use super::{BuiltIn, Column, age};

pub(super) const KIND: BuiltIn = BuiltIn {
    group: "scheduling.k8s.io",
    kind: "PriorityClass",
    plural: "priorityclasses",
    singular: "priorityclass",
    short_names: &["pc"],
    namespaced: false,
    schema: "io.k8s.api.scheduling.v1.PriorityClass",
    generation: true,
    default: |object| {
        fill(object, "PriorityClass", |object| {
            edit::default(object, "preemptionPolicy", "PreemptLowerPriority");
        });
    },
    columns: &[
        Column::NAME,
        Column::shown("Value", "integer", "@value"),
        Column::shown("Global-Default", "boolean", "@globalDefault"),
        Column::AGE,
        Column::shown("PreemptionPolicy", "string", "@preemptionPolicy"),
    ],
    cells: |object, now| {
        vec![
            object["metadata"]["name"].clone(),
            number(&object["value"]).into(),
            (object["globalDefault"] == true).into(),
            age(object, now),
            text(&object["preemptionPolicy"]).into(),
        ]
    },
    ..BuiltIn::PLAIN
};
