//! `PersistentVolumeClaim`: storage that a pod asks for
//!
//! It owns what is particular about the kind; the form of its fields is in its schema.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::cell::{each, or, text};
use super::edit::{self, fill, keep};
use super::{BuiltIn, Column, age};
use crate::meta::Meta;

pub(super) const KIND: BuiltIn = BuiltIn {
    kind: "PersistentVolumeClaim",
    plural: "persistentvolumeclaims",
    singular: "persistentvolumeclaim",
    short_names: &["pvc"],
    schema: "io.k8s.api.core.v1.PersistentVolumeClaim",
    subresources: &["status"],
    delete_shows_object: true,
    default: |object| fill(object, "PersistentVolumeClaim", default),
    prepare_create: |object, _| {
        edit::set(object, "status", json!({ "phase": "Pending" }));
        protect(object);
        Ok(())
    },
    prepare_update: |new, old| keep(new, old, "status"),
    prepare_status: |new, old| keep(new, old, "spec"),
    columns: &[
        Column::NAME,
        Column::shown("Status", "string", "@status.phase"),
        Column::shown("Volume", "string", "@spec.volumeName"),
        Column::shown("Capacity", "string", "@status.capacity"),
        Column::shown("Access Modes", "string", "@status.accessModes"),
        Column::shown("StorageClass", "string", "StorageClass of the pvc"),
        Column::shown("VolumeAttributesClass", "string", "VolumeAttributesClass of the pvc"),
        Column::AGE,
        Column::wide("VolumeMode", "string", "@spec.volumeMode"),
    ],
    cells,
    ..BuiltIn::PLAIN
};

fn cells(object: &Value, now: Timestamp) -> Vec<Value> {
    let (metadata, spec, status) = (&object["metadata"], &object["spec"], &object["status"]);
    let phase = if object.is_terminating() { "Terminating" } else { text(&status["phase"]) };
    let volume = text(&spec["volumeName"]);
    let bound = !volume.is_empty();
    let capacity = if bound { or(&status["capacity"]["storage"], "0") } else { "" };
    let modes: Vec<&str> = each(&status["accessModes"])
        .filter(|_| bound)
        .filter_map(|mode| match text(mode) {
            "ReadWriteOnce" => Some("RWO"),
            "ReadOnlyMany" => Some("ROX"),
            "ReadWriteMany" => Some("RWX"),
            "ReadWriteOncePod" => Some("RWOP"),
            _ => None,
        })
        .collect();
    let class = &metadata["annotations"]["volume.beta.kubernetes.io/storage-class"];
    let class = if class.is_string() { class } else { &spec["storageClassName"] };
    vec![
        metadata["name"].clone(),
        phase.into(),
        volume.into(),
        capacity.into(),
        modes.join(",").into(),
        text(class).into(),
        or(&spec["volumeAttributesClassName"], "<unset>").into(),
        age(object, now),
        or(&spec["volumeMode"], "<unset>").into(),
    ]
}

fn default(object: &mut Value) {
    edit::default(object, "status", json!({}));
    for (outer, field, value) in [("status", "phase", "Pending"), ("spec", "volumeMode", "Filesystem")] {
        if let Some(outer) = object.get_mut(outer) {
            edit::default(outer, field, value);
        }
    }
}

/// A claim stays until no pod uses it
fn protect(object: &mut Value) {
    const FINALIZER: &str = "kubernetes.io/pvc-protection";
    let mut finalizers = object["metadata"]["finalizers"].as_array().cloned().unwrap_or_default();
    if !finalizers.iter().any(|finalizer| finalizer == FINALIZER) {
        finalizers.push(FINALIZER.into());
        edit::set_below(object, "metadata", "finalizers", finalizers);
    }
}
