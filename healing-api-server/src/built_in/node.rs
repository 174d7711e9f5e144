//! Node: where pods run
//!
//! It owns what is particular about the kind; the form of its fields is in its schema.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::{Value, json};
use structural_schema::FieldError;

use super::cell::{NONE, UNKNOWN, each, or, text};
use super::check::Errors;
use super::edit::{self, fill, keep};
use super::pod;
use super::{BuiltIn, Column, age};

pub(super) const KIND: BuiltIn = BuiltIn {
    kind: "Node",
    plural: "nodes",
    singular: "node",
    short_names: &["no"],
    namespaced: false,
    schema: "io.k8s.api.core.v1.Node",
    subresources: &["status"],
    refused: &["proxy"],
    default: |object| fill(object, "Node", default),
    prepare_create: |object, _| {
        taint(object);
        Ok(())
    },
    prepare_update: |new, old| keep(new, old, "status"),
    prepare_status: |new, old| keep(new, old, "spec"),
    validate,
    fields: |object| vec![("spec.unschedulable", (object["spec"]["unschedulable"] == true).to_string())],
    columns: &[
        Column::NAME,
        Column::shown("Status", "string", "The status of the node"),
        Column::shown("Roles", "string", "The roles of the node"),
        Column::AGE,
        Column::shown("Version", "string", "@status.nodeInfo.kubeletVersion"),
        Column::wide("Internal-IP", "string", "@status.addresses"),
        Column::wide("External-IP", "string", "@status.addresses"),
        Column::wide("OS-Image", "string", "@status.nodeInfo.osImage"),
        Column::wide("Kernel-Version", "string", "@status.nodeInfo.kernelVersion"),
        Column::wide("Container-Runtime", "string", "@status.nodeInfo.containerRuntimeVersion"),
    ],
    cells,
    ..BuiltIn::PLAIN
};

fn cells(object: &Value, now: Timestamp) -> Vec<Value> {
    let (spec, status) = (&object["spec"], &object["status"]);
    let ready = each(&status["conditions"]).filter(|condition| condition["type"] == "Ready").last();
    let mut state = match ready {
        None => "Unknown",
        Some(ready) if ready["status"] == "True" => "Ready",
        Some(_) => "NotReady",
    }
    .to_owned();
    if spec["unschedulable"] == true {
        state.push_str(",SchedulingDisabled");
    }
    let roles = roles(&object["metadata"]["labels"]);
    let address = |kind: &str| {
        let address = each(&status["addresses"]).find(|address| address["type"] == kind);
        address.map_or(NONE, |address| text(&address["address"])).into()
    };
    let info = &status["nodeInfo"];
    let mut kernel = or(&info["kernelVersion"], UNKNOWN).to_owned();
    if !text(&info["architecture"]).is_empty() {
        kernel = format!("{kernel} ({})", text(&info["architecture"]));
    }
    vec![
        object["metadata"]["name"].clone(),
        state.into(),
        if roles.is_empty() { NONE.into() } else { roles.into() },
        age(object, now),
        text(&info["kubeletVersion"]).into(),
        address("InternalIP"),
        address("ExternalIP"),
        or(&info["osImage"], UNKNOWN).into(),
        kernel.into(),
        or(&info["containerRuntimeVersion"], UNKNOWN).into(),
    ]
}

fn roles(labels: &Value) -> String {
    let mut roles = BTreeSet::new();
    for (key, value) in labels.as_object().into_iter().flatten() {
        if let Some(role) = key.strip_prefix("node-role.kubernetes.io/") {
            roles.insert(role);
        } else if key == "kubernetes.io/role" {
            roles.insert(text(value));
        }
    }
    roles.remove("");
    roles.into_iter().collect::<Vec<_>>().join(",")
}

fn default(object: &mut Value) {
    let (one, all) = (object["spec"]["podCIDR"].clone(), object["spec"]["podCIDRs"].clone());
    if one.is_string() && all.is_null() {
        edit::set_below(object, "spec", "podCIDRs", json!([one]));
    } else if one.is_null() && all[0].is_string() {
        edit::set_below(object, "spec", "podCIDR", all[0].clone());
    }
    let capacity = object["status"]["capacity"].clone();
    if let Some(status) = object.get_mut("status") {
        edit::default(status, "allocatable", capacity);
    }
}

/// A new node is not ready for pods until the controller of nodes has seen it ready
fn taint(object: &mut Value) {
    const TAINT: &str = "node.kubernetes.io/not-ready";
    let is = |taint: &Value| taint["key"] == TAINT && taint["effect"] == "NoSchedule";
    let mut taints = object["spec"]["taints"].as_array().cloned().unwrap_or_default();
    if !taints.iter().any(is) {
        taints.push(json!({ "key": TAINT, "effect": "NoSchedule" }));
        edit::set_below(object, "spec", "taints", taints);
    }
}

fn validate(new: &Value, old: Option<&Value>) -> Vec<FieldError> {
    let mut errors = Errors::default();
    let spec = &new["spec"];
    // the place is wrong, and the real server's
    pod::taints(&mut errors, "metadata.taints", &spec["taints"]);
    let Some(old) = old else {
        for (index, range) in each(&spec["podCIDRs"]).enumerate() {
            if !is_range(text(range)) {
                let detail = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)";
                errors.invalid(format!("spec.podCIDRs[{index}]"), range, detail);
            }
        }
        return errors.0;
    };
    let was = &old["spec"];
    if !was["podCIDRs"].is_null() && was["podCIDRs"] != spec["podCIDRs"] {
        let detail = "node updates may not change podCIDR except from \"\" to valid";
        errors.forbidden("spec.podCIDRs", detail);
    }
    if !was["providerID"].is_null() && was["providerID"] != spec["providerID"] {
        let is_cleared = spec["providerID"].is_null();
        let detail =
            if is_cleared { "field cannot be cleared once set" } else { "field cannot be modified once set" };
        errors.invalid("spec.providerID", &Value::Null, detail);
    }
    errors.0
}

fn is_range(text: &str) -> bool {
    let Some((address, bits)) = text.split_once('/') else { return false };
    let most = match address.parse() {
        Ok(core::net::IpAddr::V4(_)) => 32,
        Ok(core::net::IpAddr::V6(_)) => 128,
        Err(_) => return false,
    };
    bits.parse().is_ok_and(|bits: u8| bits <= most)
}
