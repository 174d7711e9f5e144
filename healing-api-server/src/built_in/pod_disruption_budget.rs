//! `PodDisruptionBudget`: how many pods may be evicted
//!
//! It owns what is particular about the kind; the form of its fields is in its schema.

use serde_json::{Value, json};
use structural_schema::FieldError;

use super::cell::{each, text};
use super::cell::{int_or_text, number};
use super::check::{Errors, go_selector};
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
    validate,
    validate_status,
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

fn validate(new: &Value, _old: Option<&Value>) -> Vec<FieldError> {
    let mut errors = Errors::default();
    let spec = &new["spec"];
    if !spec["minAvailable"].is_null() && !spec["maxUnavailable"].is_null() {
        let shown = format!(
            "{{\"MinAvailable\":{},\"Selector\":{},\"MaxUnavailable\":{},\"UnhealthyPodEvictionPolicy\":{}}}",
            spec["minAvailable"],
            go_selector(&spec["selector"]),
            spec["maxUnavailable"],
            spec["unhealthyPodEvictionPolicy"]
        );
        errors.invalid_go("spec", shown, "minAvailable and maxUnavailable cannot be both set");
    }
    for field in ["minAvailable", "maxUnavailable"] {
        errors.amount(&format!("spec.{field}"), &spec[field]);
    }
    errors.selector("spec.selector", &spec["selector"]);
    let policies = ["AlwaysAllow", "IfHealthyBudget"];
    errors.one_of("spec.unhealthyPodEvictionPolicy", &spec["unhealthyPodEvictionPolicy"], &policies);
    errors.0
}

fn validate_status(new: &Value, _old: &Value) -> Vec<FieldError> {
    let mut errors = Errors::default();
    let status = &new["status"];
    for (index, condition) in each(&status["conditions"]).enumerate() {
        let at = |field: &str| format!("status.conditions[{index}].{field}");
        errors.one_of(&at("status"), &condition["status"], &["False", "True", "Unknown"]);
        for field in ["type", "status", "lastTransitionTime", "reason"] {
            if text(&condition[field]).is_empty() {
                errors.required(at(field), "");
            }
        }
    }
    for field in ["disruptionsAllowed", "currentHealthy", "desiredHealthy", "expectedPods"] {
        errors.not_negative(&format!("status.{field}"), &status[field]);
    }
    errors.0
}
