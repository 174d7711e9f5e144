//! `PriorityClass`: how important pods are
//!
//! It owns what is particular about the kind; the form of its fields is in its schema.

use crate::meta::Meta;
use serde_json::Value;
use structural_schema::FieldError;

use super::cell::{number, text};
use super::check::{Errors, IMMUTABLE};
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
    validate,
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

/// Largest number that a class of a user may have
const VALUE_MAX: i64 = 1_000_000_000;

fn validate(new: &Value, old: Option<&Value>) -> Vec<FieldError> {
    let mut errors = Errors::default();
    if let Some(old) = old {
        if new["value"] != old["value"] {
            errors.forbidden("value", "may not be changed in an update.");
        }
        if new["preemptionPolicy"] != old["preemptionPolicy"] {
            errors.invalid("preemptionPolicy", &new["preemptionPolicy"], IMMUTABLE);
        }
        return errors.0;
    }
    let name = new.name();
    if name.starts_with("system-") {
        let detail = format!(
            "priority class names with 'system-' prefix are reserved for system use only. error: {name} is not a known system priority class"
        );
        errors.forbidden("metadata.name", detail);
    } else if number(&new["value"]) > VALUE_MAX {
        let detail = format!("maximum allowed value of a user defined priority is {VALUE_MAX}");
        errors.forbidden("value", detail);
    }
    errors.one_of("preemptionPolicy", &new["preemptionPolicy"], &["PreemptLowerPriority", "Never"]);
    errors.0
}
