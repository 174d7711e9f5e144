//! Deployment: stored, not run
//!
//! It owns what is particular about the kind; the form of its fields is in its schema.

use serde_json::{Value, json};

use super::cell::{containers, number, selector};
use super::edit::{self, fill, keep, keep_meta};
use super::pod;
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
