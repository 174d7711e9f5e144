//! Namespace: where other objects live
//!
//! It owns what is particular about the kind; the form of its fields is in its schema.

use serde_json::{Value, json};
use structural_schema::FieldError;

use super::cell::each;
use super::cell::text;
use super::check::Errors;
use super::edit::{self, fill, keep};
use super::{BuiltIn, Column, NameRule, age};
use crate::meta::label_key;

pub(super) const KIND: BuiltIn = BuiltIn {
    kind: "Namespace",
    plural: "namespaces",
    singular: "namespace",
    short_names: &["ns"],
    namespaced: false,
    schema: "io.k8s.api.core.v1.Namespace",
    subresources: &["status", "finalize"],
    verbs: &["create", "delete", "get", "list", "patch", "update", "watch"],
    names: NameRule::Label,
    delete_shows_object: true,
    default: |object| fill(object, "Namespace", default),
    prepare_create: |object, _| {
        let mut finalizers = object["spec"]["finalizers"].as_array().cloned().unwrap_or_default();
        if !finalizers.iter().any(|finalizer| finalizer == FINALIZER) {
            finalizers.push(FINALIZER.into());
        }
        edit::set(object, "status", json!({ "phase": "Active" }));
        edit::set_below(object, "spec", "finalizers", finalizers);
        Ok(())
    },
    prepare_update: |new, old| {
        keep(new, old, "status");
        keep(new, old, "spec");
    },
    prepare_status: |new, old| keep(new, old, "spec"),
    validate,
    fields: |object| vec![("status.phase", text(&object["status"]["phase"]).to_owned())],
    columns: &[Column::NAME, Column::shown("Status", "string", "@status.phase"), Column::AGE],
    cells: |object, now| {
        vec![object["metadata"]["name"].clone(), text(&object["status"]["phase"]).into(), age(object, now)]
    },
    ..BuiltIn::PLAIN
};

/// What keeps a namespace until everything in it is gone
const FINALIZER: &str = "kubernetes";

fn default(object: &mut Value) {
    let name = object["metadata"]["name"].clone();
    if let Some(metadata) = object.get_mut("metadata").filter(|_| name.is_string()) {
        edit::set_below(metadata, "labels", "kubernetes.io/metadata.name", name);
    }
    edit::default(object, "status", json!({}));
    if let Some(status) = object.get_mut("status") {
        edit::default(status, "phase", "Active");
    }
}

fn validate(new: &Value, _old: Option<&Value>) -> Vec<FieldError> {
    let mut errors = Errors::default();
    for finalizer in each(&new["spec"]["finalizers"]).map(text) {
        errors.problems("spec.finalizers", finalizer, label_key(finalizer));
        if !finalizer.contains('/') && finalizer != FINALIZER {
            let detail = "name is neither a standard finalizer name nor is it fully qualified";
            errors.invalid("spec.finalizers", &finalizer.into(), detail);
        }
    }
    errors.0
}
