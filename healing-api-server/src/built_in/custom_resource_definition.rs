//! `CustomResourceDefinition`: its form; what it means is `custom`'s business
//!
//! It owns what is particular about the kind; the form of its fields is in its schema.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::cell::{each, text};
use super::edit::{self, fill, keep};
use super::{BuiltIn, Column};
use crate::custom;

pub(super) const KIND: BuiltIn = BuiltIn {
    group: "apiextensions.k8s.io",
    kind: "CustomResourceDefinition",
    plural: "customresourcedefinitions",
    singular: "customresourcedefinition",
    short_names: &["crd", "crds"],
    categories: &["api-extensions"],
    namespaced: false,
    schema: "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinition",
    subresources: &["status"],
    generation: true,
    unconditional_update: false,
    default: |object| fill(object, "CustomResourceDefinition", default),
    prepare_create: |object, _| {
        let stored = object["status"]["storedVersions"].clone();
        edit::set(object, "status", json!({}));
        edit::set_below(object, "status", "storedVersions", stored);
        Ok(())
    },
    prepare_update: |new, old| {
        keep(new, old, "status");
        tell_storage(new);
    },
    prepare_status: |new, old| keep(new, old, "spec"),
    validate: custom::validate_definition,
    warnings: |new, _| custom::unrecognized_formats(new),
    columns: &[
        Column::NAME,
        Column::shown("Scope", "string", "Cluster/Namespaced"),
        Column::shown("Versions", "string", "Served versions"),
        Column::CREATED,
        Column::wide("Group", "string", "API group"),
        Column::wide("Kind", "string", "CustomResource kind"),
        Column::wide("ShortNames", "string", "Short names"),
        Column::wide("Established", "boolean", "Established status"),
    ],
    cells,
    ..BuiltIn::PLAIN
};

fn cells(object: &Value, _now: Timestamp) -> Vec<Value> {
    let (metadata, spec) = (&object["metadata"], &object["spec"]);
    let served = each(&spec["versions"]).filter(|version| version["served"] == true);
    let mut versions: Vec<String> = served
        .map(|version| {
            let mark = if version["storage"] == true { "(storage)" } else { "" };
            format!("{}{mark}", text(&version["name"]))
        })
        .collect();
    versions.sort_unstable();
    let short_names: Vec<&str> = each(&spec["names"]["shortNames"]).map(text).collect();
    let established = each(&object["status"]["conditions"])
        .any(|condition| condition["type"] == "Established" && condition["status"] == "True");
    vec![
        metadata["name"].clone(),
        text(&spec["scope"]).into(),
        versions.join(",").into(),
        metadata["creationTimestamp"].clone(),
        text(&spec["group"]).into(),
        text(&spec["names"]["kind"]).into(),
        short_names.join(",").into(),
        established.into(),
    ]
}

/// The version in which objects are stored from now on is told beside those from before
fn tell_storage(object: &mut Value) {
    let storage = each(&object["spec"]["versions"]).find(|version| version["storage"] == true);
    let Some(name) = storage.map(|version| version["name"].clone()) else { return };
    let mut told = object["status"]["storedVersions"].as_array().cloned().unwrap_or_default();
    if !told.contains(&name) {
        told.push(name);
        edit::set_below(object, "status", "storedVersions", told);
    }
}

fn default(object: &mut Value) {
    let kind = text(&object["spec"]["names"]["kind"]).to_owned();
    if let Some(names) = edit::at(object, &["spec", "names"]) {
        edit::default_text(names, "singular", &kind.to_lowercase());
        if !kind.is_empty() {
            edit::default_text(names, "listKind", &format!("{kind}List"));
        }
    }
    if let Some(spec) = object.get_mut("spec") {
        edit::default(spec, "conversion", json!({ "strategy": "None" }));
        if let Some(service) = edit::at(spec, &["conversion", "webhook", "clientConfig", "service"]) {
            edit::default(service, "port", 443);
        }
    }
    if each(&object["status"]["storedVersions"]).next().is_none() {
        tell_storage(object);
    }
}
