//! `PodDisruptionBudget`: how many pods may be evicted
//!
//! It owns what is particular about the kind; the form of its fields is in its schema.

use serde_json::{Value, json};

use super::cell::{int_or_text, number};
use super::edit::{self, fill, keep};
use super::{BuiltIn, Column, age};

pub(super) const KIND: BuiltIn = BuiltIn {
    group: "policy",
    kind: "PodDisruptionBudget",
    plural: "poddisruptionbudgets",
    singular: "poddisruptionbudget",
    short_names: &["pdb"],
    schema: "io.k8s.api.policy.v1.PodDisruptionBudget",
    subresources: &["status"],
    generation: true,
    unconditional_update: false,
    default: |object| fill(object, "PodDisruptionBudget", |_| {}),
    prepare_create: |object, _| {
        let zero = json!({
            "disruptionsAllowed": 0, "currentHealthy": 0, "desiredHealthy": 0, "expectedPods": 0,
        });
        edit::set(object, "status", zero);
        Ok(())
    },
    prepare_update: |new, old| keep(new, old, "status"),
    prepare_status: |new, old| keep(new, old, "spec"),
    columns: &[
        Column::NAME,
        Column::shown("Min Available", "string", "The minimum number of pods that must be available."),
        Column::shown("Max Unavailable", "string", "The maximum number of pods that may be unavailable."),
        Column::shown(
            "Allowed Disruptions",
            "integer",
            "Calculated number of pods that may be disrupted at this time.",
        ),
        Column::AGE,
    ],
    cells: |object, now| {
        let limit =
            |field: &str| int_or_text(&object["spec"][field]).map_or_else(|| "N/A".into(), Value::from);
        vec![
            object["metadata"]["name"].clone(),
            limit("minAvailable"),
            limit("maxUnavailable"),
            number(&object["status"]["disruptionsAllowed"]).into(),
            age(object, now),
        ]
    },
    ..BuiltIn::PLAIN
};
