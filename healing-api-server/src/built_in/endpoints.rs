//! Endpoints: the addresses behind a Service
//!
//! It owns what is particular about the kind; the form of its fields is in its schema.

use serde_json::Value;
use structural_schema::FieldError;

use super::cell::{NONE, each, number, text};
use super::check::Errors;
use super::edit::{self, fill};
use super::{BuiltIn, Column, age};
use crate::meta::label;

pub(super) const KIND: BuiltIn = BuiltIn {
    kind: "Endpoints",
    plural: "endpoints",
    singular: "endpoints",
    short_names: &["ep"],
    schema: "io.k8s.api.core.v1.Endpoints",
    create_on_update: true,
    default: |object| {
        fill(object, "Endpoints", |object| {
            for subset in edit::each(object, &["subsets"]) {
                edit::each(subset, &["ports"]).for_each(|port| edit::default_text(port, "protocol", "TCP"));
            }
        });
    },
    validate,
    columns: &[Column::NAME, Column::shown("Endpoints", "string", "@subsets"), Column::AGE],
    cells: |object, now| vec![object["metadata"]["name"].clone(), addresses(object).into(), age(object, now)],
    ..BuiltIn::PLAIN
};

/// The first three addresses with their ports
fn addresses(object: &Value) -> String {
    const SHOWN: usize = 3;
    let mut all = Vec::new();
    for subset in each(&object["subsets"]) {
        let addresses = || each(&subset["addresses"]).map(|address| text(&address["ip"]));
        if subset["ports"].as_array().is_none_or(Vec::is_empty) {
            all.extend(addresses().map(ToOwned::to_owned));
        }
        for port in each(&subset["ports"]) {
            let port = number(&port["port"]);
            all.extend(
                addresses().map(|ip| {
                    if ip.contains(':') { format!("[{ip}]:{port}") } else { format!("{ip}:{port}") }
                }),
            );
        }
    }
    if object["subsets"].as_array().is_none_or(Vec::is_empty) {
        return NONE.to_owned();
    }
    let shown = all[..all.len().min(SHOWN)].join(",");
    if all.len() > SHOWN { format!("{shown} + {} more...", all.len() - SHOWN) } else { shown }
}

fn validate(new: &Value, _old: Option<&Value>) -> Vec<FieldError> {
    let mut errors = Errors::default();
    for (index, subset) in each(&new["subsets"]).enumerate() {
        let place = format!("subsets[{index}]");
        let lists = ["addresses", "notReadyAddresses"];
        if lists.iter().all(|list| each(&subset[*list]).next().is_none()) {
            errors.required(&place, "must specify `addresses` or `notReadyAddresses`");
        }
        for list in lists {
            for (index, address) in each(&subset[list]).enumerate() {
                endpoint(&mut errors, &format!("{place}.{list}[{index}].ip"), &address["ip"]);
            }
        }
        let is_one = each(&subset["ports"]).count() == 1;
        for (index, port) in each(&subset["ports"]).enumerate() {
            let at = |field: &str| format!("{place}.ports[{index}].{field}");
            match text(&port["name"]) {
                "" if is_one => {}
                "" => errors.required(at("name"), ""),
                name => errors.problems(&at("name"), name, label(name)),
            }
            errors.port(&at("port"), &port["port"]);
            errors.one_of(&at("protocol"), &port["protocol"], &["SCTP", "TCP", "UDP"]);
        }
    }
    errors.0
}

fn endpoint(errors: &mut Errors, place: &str, value: &Value) {
    match errors.ip(place, value) {
        Some(ip) => errors.not_local(place, value, ip),
        None => errors.invalid(place, value, "must be a valid IP address"),
    }
}
