//! `EndpointSlice`: some of the addresses behind a Service
//!
//! It owns what is particular about the kind; the form of its fields is in its schema.

use crate::meta::label;
use serde_json::Value;
use structural_schema::FieldError;

use super::cell::{each, or, text};
use super::check::Errors;
use super::edit::{self, fill};
use super::{BuiltIn, Column, age};

pub(super) const KIND: BuiltIn = BuiltIn {
    group: "discovery.k8s.io",
    kind: "EndpointSlice",
    plural: "endpointslices",
    singular: "endpointslice",
    schema: "io.k8s.api.discovery.v1.EndpointSlice",
    generation: true,
    default: |object| {
        fill(object, "EndpointSlice", |object| {
            for port in edit::each(object, &["ports"]) {
                edit::default(port, "name", "");
                edit::default(port, "protocol", "TCP");
            }
        });
    },
    validate,
    columns: &[
        Column::NAME,
        Column::shown("AddressType", "string", "@addressType"),
        Column::shown("Ports", "string", "@ports"),
        Column::shown("Endpoints", "string", "@endpoints"),
        Column::AGE,
    ],
    cells: |object, now| {
        let ports = each(&object["ports"]).map(|port| match port["port"].as_i64() {
            Some(number) => number.to_string(),
            None => or(&port["name"], "*").to_owned(),
        });
        let addresses = each(&object["endpoints"]).flat_map(|endpoint| each(&endpoint["addresses"]));
        vec![
            object["metadata"]["name"].clone(),
            text(&object["addressType"]).into(),
            some_of(&ports.collect::<Vec<_>>()).into(),
            some_of(&addresses.map(|address| text(address).to_owned()).collect::<Vec<_>>()).into(),
            age(object, now),
        ]
    },
    ..BuiltIn::PLAIN
};

/// The first three of a list
fn some_of(list: &[String]) -> String {
    const SHOWN: usize = 3;
    let shown = list[..list.len().min(SHOWN)].join(",");
    match list.len() {
        0 => "<unset>".to_owned(),
        count if count > SHOWN => format!("{shown} + {} more...", count - SHOWN),
        _ => shown,
    }
}

fn validate(new: &Value, old: Option<&Value>) -> Vec<FieldError> {
    let mut errors = Errors::default();
    let kinds = ["FQDN", "IPv4", "IPv6"];
    let kind = text(&new["addressType"]);
    if kind.is_empty() {
        errors.required("addressType", "");
    }
    errors.one_of("addressType", &new["addressType"], &kinds);
    let mut names = std::collections::BTreeSet::new();
    for (index, port) in each(&new["ports"]).enumerate() {
        let (place, name) = (format!("ports[{index}].name"), text(&port["name"]));
        if !name.is_empty() {
            errors.problems(&place, name, label(name));
        }
        if !names.insert(name) {
            errors.duplicate(place, &port["name"]);
        }
    }
    for (outer, endpoint) in each(&new["endpoints"]).enumerate() {
        for (inner, address) in each(&endpoint["addresses"]).enumerate() {
            if kind.starts_with("IP") {
                errors.ip(&format!("endpoints[{outer}].addresses[{inner}]"), address);
            }
        }
    }
    for (index, endpoint) in each(&new["endpoints"]).enumerate() {
        if each(&endpoint["addresses"]).next().is_none() {
            errors.required(format!("endpoints[{index}].addresses"), "");
        }
    }
    if old.is_some_and(|old| old["addressType"] != new["addressType"]) {
        errors.fixed("addressType", &Value::Null, &new["addressType"]);
    }
    errors.0
}
