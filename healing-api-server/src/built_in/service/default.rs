//! Defaults of a Service
//!
//! It owns what does not depend on other Services; addresses are `address`'s business.

use serde_json::{Value, json};

use super::super::edit::{default as fill, default_text, each, set};

pub(super) fn service(object: &mut Value) {
    let Some(spec) = object.get_mut("spec") else { return };
    affinity(spec);
    default_text(spec, "type", "ClusterIP");
    for port in each(spec, &["ports"]) {
        default_text(port, "protocol", "TCP");
        if port["targetPort"] == 0 || port["targetPort"] == "" {
            set(port, "targetPort", Value::Null);
        }
        let number = port["port"].clone();
        fill(port, "targetPort", number);
    }
    let kind = spec["type"].as_str().unwrap_or_default().to_owned();
    let is_external = matches!(kind.as_str(), "NodePort" | "LoadBalancer")
        || (kind == "ClusterIP" && !spec["externalIPs"].as_array().is_none_or(Vec::is_empty));
    if is_external {
        default_text(spec, "externalTrafficPolicy", "Cluster");
    }
    if kind != "ExternalName" {
        fill(spec, "internalTrafficPolicy", "Cluster");
    }
    if kind == "LoadBalancer" {
        fill(spec, "allocateLoadBalancerNodePorts", true);
        for place in each(object, &["status", "loadBalancer", "ingress"]) {
            if place["ip"].is_string() {
                fill(place, "ipMode", "VIP");
            }
        }
    }
}

fn affinity(spec: &mut Value) {
    default_text(spec, "sessionAffinity", "None");
    if spec["sessionAffinity"] == "None" {
        set(spec, "sessionAffinityConfig", Value::Null);
    } else if spec["sessionAffinityConfig"]["clientIP"]["timeoutSeconds"].is_null() {
        set(spec, "sessionAffinityConfig", json!({ "clientIP": { "timeoutSeconds": 10800 } }));
    }
}
