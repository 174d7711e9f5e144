//! Deployment: stored, not run
//!
//! It owns what is particular about the kind; the form of its fields is in its schema.

use super::cell::{containers, number, selector};
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
    ..BuiltIn::PLAIN
};
