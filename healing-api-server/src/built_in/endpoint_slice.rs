//! `EndpointSlice`: some of the addresses behind a Service
//!
//! It owns what is particular about the kind; the form of its fields is in its schema.

use super::cell::{each, or, text};
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
