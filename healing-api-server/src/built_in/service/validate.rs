//! What is wrong with a Service, and what may not change in one
//!
//! It owns the rules for its fields. Whether an address is free is `address`'s business.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use structural_schema::{FieldError, Reason};

use super::super::cell::{each, number, text};
use super::super::check::{Errors, go};
use crate::meta::{label, subdomain, validate_labels};

pub(super) fn service(new: &Value, old: Option<&Value>) -> Vec<FieldError> {
    let mut errors = Errors::default();
    let spec = &new["spec"];
    if let Some(old) = old {
        change(&mut errors, spec, &old["spec"]);
    }
    by_type(&mut errors, spec);
    let mut names = BTreeSet::new();
    for (index, port) in each(&spec["ports"]).enumerate() {
        let needs_name = each(&spec["ports"]).count() > 1;
        let place = format!("spec.ports[{index}]");
        self::port(&mut errors, &place, port, needs_name);
        let name = text(&port["name"]);
        if !name.is_empty() && label(name).is_empty() && !names.insert(name) {
            errors.duplicate(format!("{place}.name"), &port["name"]);
        }
    }
    errors.0.extend(validate_labels(&spec["selector"], "spec.selector"));
    errors.one_of("spec.sessionAffinity", &spec["sessionAffinity"], &["ClientIP", "None"]);
    let timeout = &spec["sessionAffinityConfig"]["clientIP"]["timeoutSeconds"];
    if timeout.as_i64().is_some_and(|seconds| !(1..=86400).contains(&seconds)) {
        let place = "spec.sessionAffinityConfig.clientIP.timeoutSeconds";
        errors.invalid(place, timeout, "must be greater than 0 and less than 86400");
    }
    addresses(&mut errors, spec);
    let kinds = ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"];
    errors.one_of("spec.type", &spec["type"], &kinds);
    ports(&mut errors, spec);
    traffic(&mut errors, spec);
    errors.0
}

/// What a Service without an address has no use for
pub(super) fn warnings(new: &Value, _old: Option<&Value>) -> Vec<String> {
    let spec = &new["spec"];
    if spec["type"] == "ExternalName" || !is_headless(spec) {
        return Vec::new();
    }
    let mut warnings = Vec::new();
    if !text(&spec["loadBalancerIP"]).is_empty() {
        warnings.push("spec.loadBalancerIP is ignored for headless services".to_owned());
    }
    if each(&spec["externalIPs"]).next().is_some() {
        warnings.push("spec.externalIPs is ignored for headless services".to_owned());
    }
    if spec["sessionAffinity"] != "None" {
        warnings.push("spec.SessionAffinity is ignored for headless services".to_owned());
    }
    warnings
}

fn is_headless(spec: &Value) -> bool {
    spec["clusterIPs"][0] == "None" || spec["clusterIP"] == "None"
}

fn by_type(errors: &mut Errors, spec: &Value) {
    let kind = text(&spec["type"]);
    if each(&spec["ports"]).next().is_none() && !is_headless(spec) && kind != "ExternalName" {
        errors.required("spec.ports", "");
    }
    match kind {
        "LoadBalancer" | "NodePort" if is_headless(spec) => {
            let detail = format!("may not be set to 'None' for {kind} services");
            errors.invalid("spec.clusterIPs[0]", &"None".into(), detail);
        }
        "ExternalName" => {
            for field in ["clusterIPs", "ipFamilies", "ipFamilyPolicy"] {
                if !spec[field].is_null() {
                    errors.forbidden(format!("spec.{field}"), "may not be set for ExternalName services");
                }
            }
            let name = text(&spec["externalName"]).trim_end_matches('.');
            if name.is_empty() {
                errors.required("spec.externalName", "");
            } else {
                errors.problems("spec.externalName", name, subdomain(name));
            }
        }
        _ => {}
    }
}

fn port(errors: &mut Errors, place: &str, port: &Value, needs_name: bool) {
    let at = |field: &str| format!("{place}.{field}");
    match text(&port["name"]) {
        "" if needs_name => errors.required(at("name"), ""),
        "" => {}
        name => errors.problems(&at("name"), name, label(name)),
    }
    let number = if port["port"].is_null() { json!(0) } else { port["port"].clone() };
    errors.port(&at("port"), &number);
    errors.one_of(&at("protocol"), &port["protocol"], &["SCTP", "TCP", "UDP"]);
    errors.port_or_name(&at("targetPort"), &port["targetPort"]);
}

fn addresses(errors: &mut Errors, spec: &Value) {
    if spec["type"] != "ExternalName" {
        for (index, address) in each(&spec["clusterIPs"]).enumerate() {
            let place = format!("spec.clusterIPs[{index}]");
            if address == "None" {
                continue;
            }
            let Some(ip) = errors.ip(&place, address) else { continue };
            let asked = text(&spec["ipFamilies"][index]);
            let family = if ip.is_ipv4() { "IPv4" } else { "IPv6" };
            if !asked.is_empty() && asked != family {
                let detail = format!("expected an {asked} value as indicated by `ipFamilies[{index}]`");
                errors.invalid(place, address, detail);
            }
        }
    }
    for (index, address) in each(&spec["externalIPs"]).enumerate() {
        let place = format!("spec.externalIPs[{index}]");
        if let Some(ip) = errors.ip(&place, address) {
            errors.not_local(&place, address, ip);
        }
    }
}

fn ports(errors: &mut Errors, spec: &Value) {
    if spec["type"] == "ClusterIP" {
        for (index, port) in each(&spec["ports"]).enumerate() {
            if number(&port["nodePort"]) != 0 {
                let place = format!("spec.ports[{index}].nodePort");
                errors.forbidden(place, "may not be used when `type` is 'ClusterIP'");
            }
        }
    }
    let mut node_ports = BTreeSet::new();
    for (index, port) in each(&spec["ports"]).enumerate() {
        let asked = number(&port["nodePort"]);
        if asked != 0 && !node_ports.insert((text(&port["protocol"]), asked)) {
            errors.duplicate(format!("spec.ports[{index}].nodePort"), &port["nodePort"]);
        }
    }
    let mut seen = BTreeSet::new();
    for (index, port) in each(&spec["ports"]).enumerate() {
        if !seen.insert((text(&port["protocol"]), number(&port["port"]))) {
            // its key, with the field names of the real server's own type
            let (empty, zero) = (Value::from(""), Value::from(0));
            let key = go(&[
                ("Name", &empty),
                ("Protocol", &port["protocol"]),
                ("AppProtocol", &Value::Null),
                ("Port", &port["port"]),
                ("TargetPort", &zero),
                ("NodePort", &zero),
            ]);
            errors.push_go(Reason::Duplicate, format!("spec.ports[{index}]"), key, "");
        }
    }
}

fn traffic(errors: &mut Errors, spec: &Value) {
    let balanced = spec["type"] == "LoadBalancer";
    if !spec["allocateLoadBalancerNodePorts"].is_null() && !balanced {
        let detail = "may only be used when `type` is 'LoadBalancer'";
        errors.forbidden("spec.allocateLoadBalancerNodePorts", detail);
    }
    let is_external = balanced
        || spec["type"] == "NodePort"
        || (spec["type"] == "ClusterIP" && each(&spec["externalIPs"]).next().is_some());
    let policy = &spec["externalTrafficPolicy"];
    if !policy.is_null() && !is_external {
        let detail = "may only be set for externally-accessible services";
        errors.invalid("spec.externalTrafficPolicy", policy, detail);
    } else {
        errors.one_of("spec.externalTrafficPolicy", policy, &["Cluster", "Local"]);
    }
    errors.one_of("spec.internalTrafficPolicy", &spec["internalTrafficPolicy"], &["Cluster", "Local"]);
}

fn change(errors: &mut Errors, new: &Value, old: &Value) {
    if new["type"] == "ExternalName" || old["type"] == "ExternalName" {
        return;
    }
    let (is, was) = (&new["clusterIPs"], &old["clusterIPs"]);
    if !was[0].is_null() && !is[0].is_null() && is[0] != was[0] {
        errors.invalid("spec.clusterIPs[0]", is, "may not change once set");
    }
}
