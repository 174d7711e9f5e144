//! `ReplicaSet`: stored, not run
//!
//! It owns what is particular about the kind; the form of its fields is in its schema.

use serde_json::{Value, json};

use super::cell::{NONE, containers, number, selector};
use super::edit::{self, fill, keep};
use super::pod;
use super::{BuiltIn, Column, age};

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
