//! What is wrong with a pod, and with a template for pods
//!
//! It owns the rules for the specification as a whole. Windows, devices and claims for resources are not checked.

mod container;
mod probe;
mod volume;
mod scheduling;
mod update;

pub(in super::super) use scheduling::taints;
use serde_json::Value;
use structural_schema::FieldError;

use super::super::cell::{each, text};
use super::super::check::{Errors, IMMUTABLE};
use crate::meta::{label, subdomain, validate_labels};

pub(super) fn pod(new: &Value, old: Option<&Value>) -> Vec<FieldError> {
    let mut errors = Errors::default();
    specification(&mut errors, "spec", &new["spec"]);
    errors.not_negative("spec.terminationGracePeriodSeconds", &new["spec"]["terminationGracePeriodSeconds"]);
    for list in ["containers", "initContainers"] {
        for (index, container) in each(&new["spec"][list]).enumerate() {
            let image = text(&container["image"]);
            if image.trim().len() != image.len() {
                let place = format!("spec.{list}[{index}].image");
                errors.invalid(place, &image.into(), "must not have leading or trailing whitespace");
            }
        }
    }
    if let Some(old) = old {
        update::check(&mut errors, new, old);
    } else if !text(&new["spec"]["nodeName"]).is_empty() && each(&new["spec"]["schedulingGates"]).count() > 0
    {
        errors.forbidden("spec.nodeName", "cannot be set until all schedulingGates have been cleared");
    }
    errors.0
}

/// What is wrong with a new status
pub(super) fn status(new: &Value, old: &Value) -> Vec<FieldError> {
    let mut errors = Errors::default();
    let (status, was) = (&new["status"], &old["status"]);
    for (index, place) in each(&status["podIPs"]).enumerate() {
        errors.ip(&format!("status.podIPs[{index}]"), &place["ip"]);
    }
    if status["qosClass"] != was["qosClass"] {
        errors.invalid("status.qosClass", &status["qosClass"], IMMUTABLE);
    }
    let (node, was_node) = (text(&status["nominatedNodeName"]), text(&was["nominatedNodeName"]));
    if node != was_node && !node.is_empty() {
        errors.problems("status.nominatedNodeName", node, subdomain(node));
    }
    errors.0
}

/// The specification of pods, in a Pod or in a template
pub(in super::super) fn specification(errors: &mut Errors, place: &str, spec: &Value) {
    let at = |field: &str| format!("{place}.{field}");
    volume::check(errors, &at("volumes"), &spec["volumes"]);
    container::check(errors, place, spec);
    host_ports(errors, place, spec);
    errors.one_of(&at("restartPolicy"), &spec["restartPolicy"], &["Always", "OnFailure", "Never"]);
    let policies = ["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"];
    errors.one_of(&at("dnsPolicy"), &spec["dnsPolicy"], &policies);
    errors.0.extend(validate_labels(&spec["nodeSelector"], &at("nodeSelector")));
    security(errors, &at("securityContext"), &spec["securityContext"]);
    scheduling::affinity(errors, &at("affinity"), &spec["affinity"]);
    if spec["dnsPolicy"] == "None" && each(&spec["dnsConfig"]["nameservers"]).next().is_none() {
        if spec["dnsConfig"].is_null() {
            errors.required(at("dnsConfig"), "must provide `dnsConfig` when `dnsPolicy` is None");
        } else {
            let detail = "must provide at least one DNS nameserver when `dnsPolicy` is None";
            errors.required(at("dnsConfig.nameservers"), detail);
        }
    }
    scheduling::gates(errors, place, spec);
    scheduling::spread(errors, &at("topologySpreadConstraints"), &spec["topologySpreadConstraints"]);
    for (field, rule) in
        [("serviceAccountName", subdomain as fn(&str) -> Vec<String>), ("nodeName", subdomain)]
    {
        let name = text(&spec[field]);
        if !name.is_empty() {
            errors.problems(&at(field), name, rule(name));
        }
    }
    errors.within(&at("activeDeadlineSeconds"), &spec["activeDeadlineSeconds"], 1, i64::from(i32::MAX));
    for field in ["hostname", "subdomain"] {
        let name = text(&spec[field]);
        if !name.is_empty() {
            errors.problems(&at(field), name, label(name));
        }
    }
    scheduling::tolerations(errors, &at("tolerations"), &spec["tolerations"]);
    for (index, alias) in each(&spec["hostAliases"]).enumerate() {
        let place = format!("{place}.hostAliases[{index}]");
        errors.ip(&format!("{place}.ip"), &alias["ip"]);
        for (index, name) in each(&alias["hostnames"]).enumerate() {
            errors.subdomain(&format!("{place}.hostnames[{index}]"), name);
        }
    }
    let class = text(&spec["priorityClassName"]);
    if !class.is_empty() {
        errors.problems(&at("priorityClassName"), class, subdomain(class));
    }
    errors.one_of(&at("preemptionPolicy"), &spec["preemptionPolicy"], &["PreemptLowerPriority", "Never"]);
}

fn host_ports(errors: &mut Errors, place: &str, spec: &Value) {
    if spec["hostNetwork"] != true {
        return;
    }
    for list in ["containers", "initContainers"] {
        for (outer, container) in each(&spec[list]).enumerate() {
            for (inner, port) in each(&container["ports"]).enumerate() {
                if port["hostPort"] != port["containerPort"] {
                    errors.invalid(
                        format!("{place}.{list}[{outer}].ports[{inner}].hostPort"),
                        &port["hostPort"],
                        "must match `containerPort` when `hostNetwork` is true",
                    );
                }
            }
        }
    }
}

fn security(errors: &mut Errors, place: &str, context: &Value) {
    let high = i64::from(i32::MAX);
    for field in ["fsGroup", "runAsUser", "runAsGroup"] {
        errors.within(&format!("{place}.{field}"), &context[field], 0, high);
    }
    for (index, group) in each(&context["supplementalGroups"]).enumerate() {
        errors.within(&format!("{place}.supplementalGroups[{index}]"), group, 0, high);
    }
}
