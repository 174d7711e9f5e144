//! Service: one address for many pods
//!
//! It owns what is particular about the kind; the form of its fields is in its schema.

mod default;
mod address;
mod validate;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::cell::{NONE, each, labels, number, or, text};
use super::edit::{self, fill, keep};
use super::{BuiltIn, Column, NameRule, age};

pub(super) const KIND: BuiltIn = BuiltIn {
    kind: "Service",
    plural: "services",
    singular: "service",
    short_names: &["svc"],
    categories: &["all"],
    schema: "io.k8s.api.core.v1.Service",
    subresources: &["status"],
    refused: &["proxy"],
    names: NameRule::Label,
    create_on_update: true,
    delete_shows_object: true,
    default: |object| fill(object, "Service", default::service),
    prepare_create: |object, creation| {
        edit::set(object, "status", json!({ "loadBalancer": {} }));
        address::allocate(object, creation.store)
    },
    share: address::allocate,
    prepare_update: |new, old| {
        keep(new, old, "status");
        address::keep(new, old);
    },
    prepare_status: |new, old| keep(new, old, "spec"),
    validate: validate::service,
    warnings: validate::warnings,
    fields: |object| {
        let spec = &object["spec"];
        vec![
            ("spec.clusterIP", text(&spec["clusterIP"]).to_owned()),
            ("spec.type", text(&spec["type"]).to_owned()),
        ]
    },
    columns: &[
        Column::NAME,
        Column::shown("Type", "string", "@spec.type"),
        Column::shown("Cluster-IP", "string", "@spec.clusterIP"),
        Column::shown("External-IP", "string", "@spec.externalIPs"),
        Column::shown("Port(s)", "string", "@spec.ports"),
        Column::AGE,
        Column::wide("Selector", "string", "@spec.selector"),
    ],
    cells,
    ..BuiltIn::PLAIN
};

fn cells(object: &Value, now: Timestamp) -> Vec<Value> {
    let spec = &object["spec"];
    let ports: Vec<String> = each(&spec["ports"])
        .map(|port| {
            let node_port = match number(&port["nodePort"]) {
                0 => String::new(),
                number => format!(":{number}"),
            };
            format!("{}{node_port}/{}", number(&port["port"]), text(&port["protocol"]))
        })
        .collect();
    let ports = if ports.is_empty() { NONE.to_owned() } else { ports.join(",") };
    vec![
        object["metadata"]["name"].clone(),
        text(&spec["type"]).into(),
        or(&spec["clusterIPs"][0], NONE).into(),
        external_addresses(object).into(),
        ports.into(),
        age(object, now),
        labels(&spec["selector"]).into(),
    ]
}

fn external_addresses(object: &Value) -> String {
    let spec = &object["spec"];
    let mut addresses: Vec<&str> = Vec::new();
    let kind = text(&spec["type"]);
    if kind == "ExternalName" {
        return text(&spec["externalName"]).to_owned();
    }
    if kind == "LoadBalancer" {
        let ingress = each(&object["status"]["loadBalancer"]["ingress"]);
        addresses.extend(ingress.map(|place| or(&place["ip"], text(&place["hostname"]))));
        addresses.sort_unstable();
        addresses.dedup();
    }
    addresses.extend(each(&spec["externalIPs"]).map(text));
    match (addresses.is_empty(), kind) {
        (true, "LoadBalancer") => "<pending>".to_owned(),
        (true, _) => NONE.to_owned(),
        (false, _) => addresses.join(","),
    }
}
