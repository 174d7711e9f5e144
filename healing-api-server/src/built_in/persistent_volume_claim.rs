//! `PersistentVolumeClaim`: storage that a pod asks for
//!
//! It owns what is particular about the kind; the form of its fields is in its schema.

use jiff::Timestamp;
use serde_json::{Value, json};
use structural_schema::FieldError;

use super::cell::{each, or, text};
use super::check::{Errors, IMMUTABLE};
use super::edit::{self, fill, keep};
use super::pod;
use super::quantity;
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
    validate,
    warnings: |new, _| {
        let storage = &new["spec"]["resources"]["requests"]["storage"];
        pod::fraction("spec.resources.requests[storage]", storage).into_iter().collect()
    },
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

fn validate(new: &Value, old: Option<&Value>) -> Vec<FieldError> {
    let mut errors = Errors::default();
    let spec = &new["spec"];
    let modes: Vec<&str> = each(&spec["accessModes"]).map(text).collect();
    if modes.is_empty() {
        errors.required("spec.accessModes", "at least 1 access mode is required");
    }
    errors.0.extend(selector(&spec["selector"]));
    let known = ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"];
    for mode in each(&spec["accessModes"]) {
        errors.one_of("spec.accessModes", mode, &known);
    }
    if modes.len() > 1 && modes.contains(&"ReadWriteOncePod") {
        let detail = "may not use ReadWriteOncePod with other access modes";
        errors.forbidden("spec.accessModes", detail);
    }
    let storage = &spec["resources"]["requests"]["storage"];
    if storage.is_null() {
        errors.required("spec.resources[storage]", "");
    } else if quantity::parse(text(storage)).unwrap_or(0) <= 0 {
        errors.invalid("spec.resources[storage]", storage, "must be greater than zero");
    }
    if !text(&spec["storageClassName"]).is_empty() {
        errors.subdomain("spec.storageClassName", &spec["storageClassName"]);
    }
    errors.one_of("spec.volumeMode", &spec["volumeMode"], &["Block", "Filesystem"]);
    if let Some(old) = old {
        change(&mut errors, new, old);
    }
    errors.0
}

fn selector(selector: &Value) -> Vec<FieldError> {
    let mut errors = Errors::default();
    errors.selector("spec.selector", selector);
    errors.0
}

fn change(errors: &mut Errors, new: &Value, old: &Value) {
    let (mut spec, was) = (new["spec"].clone(), &old["spec"]);
    if text(&was["volumeName"]).is_empty() {
        keep(&mut spec, was, "volumeName");
    }
    if new["status"]["phase"] == "Bound" {
        keep(&mut spec, was, "volumeAttributesClassName");
        if let Some(requests) = edit::at(&mut spec, &["resources", "requests"]) {
            keep(requests, &was["resources"]["requests"], "storage");
        }
    }
    if spec != *was {
        let detail = "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims\n";
        errors.forbidden("spec", detail);
    }
    let size = |object: &Value, outer: &str| {
        let size = if outer == "spec" {
            &object[outer]["resources"]["requests"]
        } else {
            &object[outer]["capacity"]
        };
        quantity::parse(text(&size["storage"])).unwrap_or(0)
    };
    if size(new, "spec") < size(old, "spec") && size(new, "spec") <= size(old, "status") {
        errors.forbidden("spec.resources.requests.storage", "field can not be less than status.capacity");
    }
    if new["spec"]["volumeMode"] != was["volumeMode"] {
        errors.invalid("volumeMode", &new["spec"]["volumeMode"], IMMUTABLE);
    }
}
