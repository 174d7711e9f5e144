//! `CustomResourceDefinition`: its form; what it means is `custom`'s business
//!
//! It owns what is particular about the kind; the form of its fields is in its schema.

use jiff::Timestamp;
use serde_json::Value;

use super::cell::{each, text};
use super::{BuiltIn, Column};

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
