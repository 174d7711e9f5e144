//! Deployment: stored, not run
//!
//! It owns what is particular about the kind; the form of its fields is in its schema.

use serde_json::{Value, json};
use structural_schema::{FieldError, Reason};

use super::cell::{containers, number, selector, text};
use super::check::{Errors, go};
use super::edit::{self, fill, keep, keep_meta};
use super::pod;
use super::replica_set;
use super::{BuiltIn, Column, age};

pub(super) const KIND: BuiltIn = BuiltIn {
    group: "apps",
    kind: "Deployment",
    plural: "deployments",
    singular: "deployment",
    short_names: &["deploy"],
    categories: &["all"],
    schema: "io.k8s.api.apps.v1.Deployment",
    subresources: &["status", "scale"],
    generation: true,
    annotations_count: true,
    default: |object| fill(object, "Deployment", default),
    prepare_create: |object, _| {
        edit::set(object, "status", json!({}));
        Ok(())
    },
    prepare_update: |new, old| keep(new, old, "status"),
    prepare_status: |new, old| {
        keep(new, old, "spec");
        keep_meta(new, old, "labels");
    },
    validate,
    warnings: pod::workload,
    validate_status,
    columns: &[
        Column::NAME,
        Column::shown("Ready", "string", "Number of the pod with ready state"),
        Column::shown("Up-to-date", "string", "@status.updatedReplicas"),
        Column::shown("Available", "string", "@status.availableReplicas"),
        Column::AGE,
        Column::wide("Containers", "string", "Names of each container in the template."),
        Column::wide("Images", "string", "Images referenced by each container in the template."),
        Column::wide("Selector", "string", "@spec.selector"),
    ],
    cells: |object, now| {
        let (spec, status) = (&object["spec"], &object["status"]);
        let ready = format!("{}/{}", number(&status["readyReplicas"]), number(&spec["replicas"]));
        let [names, images] = containers(object);
        vec![
            object["metadata"]["name"].clone(),
            ready.into(),
            number(&status["updatedReplicas"]).into(),
            number(&status["availableReplicas"]).into(),
            age(object, now),
            names,
            images,
            selector(&spec["selector"]).into(),
        ]
    },
    status_reset: &[&["spec"], &["metadata", "labels"]],
    ..BuiltIn::PLAIN
};

fn default(object: &mut Value) {
    if let Some(template) = edit::at(object, &["spec", "template", "spec"]) {
        pod::template(template);
    }
    let Some(spec) = object.get_mut("spec") else { return };
    for (field, value) in [("replicas", 1), ("revisionHistoryLimit", 10), ("progressDeadlineSeconds", 600)] {
        edit::default(spec, field, value);
    }
    edit::default(spec, "strategy", json!({}));
    let Some(strategy) = spec.get_mut("strategy") else { return };
    edit::default_text(strategy, "type", "RollingUpdate");
    if strategy["type"] == "RollingUpdate" {
        edit::default(strategy, "rollingUpdate", json!({}));
        if let Some(update) = strategy.get_mut("rollingUpdate") {
            edit::default(update, "maxUnavailable", "25%");
            edit::default(update, "maxSurge", "25%");
        }
    }
}

fn validate(new: &Value, old: Option<&Value>) -> Vec<FieldError> {
    let mut errors = Errors::default();
    let spec = &new["spec"];
    errors.not_negative("spec.replicas", &spec["replicas"]);
    replica_set::template(&mut errors, spec);
    strategy(&mut errors, &spec["strategy"]);
    errors.not_negative("spec.minReadySeconds", &spec["minReadySeconds"]);
    errors.not_negative("spec.revisionHistoryLimit", &spec["revisionHistoryLimit"]);
    let deadline = &spec["progressDeadlineSeconds"];
    errors.not_negative("spec.progressDeadlineSeconds", deadline);
    if number(deadline) <= number(&spec["minReadySeconds"]) {
        errors.invalid("spec.progressDeadlineSeconds", deadline, "must be greater than minReadySeconds");
    }
    if let Some(old) = old {
        errors.fixed_selector("spec.selector", &spec["selector"], &old["spec"]["selector"]);
    }
    errors.0
}

fn strategy(errors: &mut Errors, strategy: &Value) {
    let (place, update) = ("spec.strategy.rollingUpdate", &strategy["rollingUpdate"]);
    match text(&strategy["type"]) {
        "RollingUpdate" => {
            let is_zero = |value: &Value| *value == 0 || *value == "0%";
            for field in ["maxSurge", "maxUnavailable"] {
                errors.amount(&format!("{place}.{field}"), &update[field]);
            }
            if is_zero(&update["maxUnavailable"]) && is_zero(&update["maxSurge"]) {
                let detail = "may not be 0 when `maxSurge` is 0";
                errors.invalid(format!("{place}.maxUnavailable"), &update["maxUnavailable"], detail);
            }
        }
        "Recreate" => {
            if !update.is_null() {
                errors.forbidden(place, "may not be specified when strategy `type` is 'Recreate'");
            }
        }
        kind => {
            let shown = go(&[("Type", &kind.into()), ("RollingUpdate", update)]);
            let detail = "supported values: \"Recreate\", \"RollingUpdate\"";
            errors.push_go(Reason::NotSupported, "spec.strategy", shown, detail);
        }
    }
}

fn validate_status(new: &Value, _old: &Value) -> Vec<FieldError> {
    let counts = ["updatedReplicas", "readyReplicas", "availableReplicas"];
    replica_set::counts(&new["status"], &counts)
}
