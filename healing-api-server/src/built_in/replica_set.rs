//! `ReplicaSet`: stored, not run
//!
//! It owns what is particular about the kind; the form of its fields is in its schema.

use serde_json::{Value, json};
use structural_schema::FieldError;

use super::cell::{NONE, containers, number, selector};
use super::check::{Errors, go_selector, selects};
use super::edit::{self, fill, keep};
use super::pod;
use super::{BuiltIn, Column, age};
use crate::meta::{validate_annotations, validate_labels};

pub(super) const KIND: BuiltIn = BuiltIn {
    group: "apps",
    kind: "ReplicaSet",
    plural: "replicasets",
    singular: "replicaset",
    short_names: &["rs"],
    categories: &["all"],
    schema: "io.k8s.api.apps.v1.ReplicaSet",
    subresources: &["status", "scale"],
    generation: true,
    default: |object| fill(object, "ReplicaSet", default),
    prepare_create: |object, _| {
        edit::set(object, "status", json!({ "replicas": 0 }));
        Ok(())
    },
    prepare_update: |new, old| keep(new, old, "status"),
    prepare_status: |new, old| {
        keep(new, old, "spec");
    },
    validate,
    warnings: pod::workload,
    validate_status,
    columns: &[
        Column::NAME,
        Column::shown("Desired", "integer", "@spec.replicas"),
        Column::shown("Current", "integer", "@status.replicas"),
        Column::shown("Ready", "integer", "@status.readyReplicas"),
        Column::AGE,
        Column::wide("Containers", "string", "Names of each container in the template."),
        Column::wide("Images", "string", "Images referenced by each container in the template."),
        Column::wide("Selector", "string", "@spec.selector"),
    ],
    cells: |object, now| {
        let (spec, status) = (&object["spec"], &object["status"]);
        let [names, images] = containers(object);
        let selector = Some(selector(&spec["selector"])).filter(|selector| !selector.is_empty());
        vec![
            object["metadata"]["name"].clone(),
            number(&spec["replicas"]).into(),
            number(&status["replicas"]).into(),
            number(&status["readyReplicas"]).into(),
            age(object, now),
            names,
            images,
            selector.unwrap_or_else(|| NONE.to_owned()).into(),
        ]
    },
    ..BuiltIn::PLAIN
};

fn default(object: &mut Value) {
    if let Some(template) = edit::at(object, &["spec", "template", "spec"]) {
        pod::template(template);
    }
    if let Some(spec) = object.get_mut("spec") {
        edit::default(spec, "replicas", 1);
    }
}

fn validate(new: &Value, old: Option<&Value>) -> Vec<FieldError> {
    let mut errors = Errors::default();
    let spec = &new["spec"];
    errors.not_negative("spec.replicas", &spec["replicas"]);
    errors.not_negative("spec.minReadySeconds", &spec["minReadySeconds"]);
    template(&mut errors, spec);
    if let Some(old) = old {
        errors.fixed_selector("spec.selector", &spec["selector"], &old["spec"]["selector"]);
    }
    errors.0
}

/// The selector, and the template that it must select
pub(super) fn template(errors: &mut Errors, spec: &Value) {
    let (selector, template) = (&spec["selector"], &spec["template"]);
    let before = errors.0.len();
    if selector.is_null() {
        errors.required("spec.selector", "");
    } else {
        errors.selector("spec.selector", selector);
    }
    let is_wrong = errors.0.len() > before && !selector.is_null();
    let is_empty = selector.as_object().is_some_and(serde_json::Map::is_empty);
    if is_empty {
        errors.invalid_go("spec.selector", go_selector(selector), "empty selector is invalid for deployment");
    }
    if is_wrong {
        return errors.invalid_go("spec.selector", go_selector(selector), "invalid label selector");
    }
    let labels = &template["metadata"]["labels"];
    if !is_empty && !selects(selector, labels) {
        let detail = "`selector` does not match template `labels`";
        errors.invalid("spec.template.metadata.labels", labels, detail);
    }
    errors.0.extend(validate_labels(labels, "spec.template.labels"));
    let annotations = &template["metadata"]["annotations"];
    errors.0.extend(validate_annotations(annotations, "spec.template.annotations"));
    pod::specification(errors, "spec.template.spec", &template["spec"]);
    let policy = &template["spec"]["restartPolicy"];
    if !policy.is_null() && policy != "Always" {
        errors.not_supported("spec.template.spec.restartPolicy", policy, &["Always"]);
    }
    if !template["spec"]["activeDeadlineSeconds"].is_null() {
        let detail = "activeDeadlineSeconds in ReplicaSet is not Supported";
        errors.forbidden("spec.template.spec.activeDeadlineSeconds", detail);
    }
}

fn validate_status(new: &Value, _old: &Value) -> Vec<FieldError> {
    counts(&new["status"], &["fullyLabeledReplicas", "readyReplicas", "availableReplicas"])
}

/// Parts of a count are not more than the whole
pub(super) fn counts(status: &Value, parts: &[&str]) -> Vec<FieldError> {
    let mut errors = Errors::default();
    let at = |field: &str| format!("status.{field}");
    for field in ["replicas"].iter().chain(parts).chain(&["unavailableReplicas", "observedGeneration"]) {
        errors.not_negative(&at(field), &status[*field]);
    }
    for field in parts {
        if number(&status[*field]) > number(&status["replicas"]) {
            errors.invalid(at(field), &status[*field], "cannot be greater than status.replicas");
        }
    }
    let available = &status["availableReplicas"];
    if number(available) > number(&status["readyReplicas"]) {
        errors.invalid(at("availableReplicas"), available, "cannot be greater than readyReplicas");
    }
    errors.0
}
