//! Pod: containers that run together
//!
//! It owns what is particular about the kind; the form of its fields is in its schema.

mod columns;
mod default;
mod admission;
mod validate;
mod warnings;

use serde_json::{Value, json};

use super::cell::text;
use super::edit::{self, fill, keep, keep_meta};
use super::{BuiltIn, Creation};
use crate::Refusal;
use crate::meta::seconds;

pub(super) use default::template;
pub(super) use validate::{specification, taints};
pub(super) use warnings::{fraction, workload};

pub(super) const KIND: BuiltIn = BuiltIn {
    kind: "Pod",
    plural: "pods",
    singular: "pod",
    short_names: &["po"],
    categories: &["all"],
    schema: "io.k8s.api.core.v1.Pod",
    subresources: &["status", "binding", "eviction", "log"],
    refused: &["attach", "ephemeralcontainers", "exec", "portforward", "proxy", "resize"],
    generation: true,
    delete_shows_object: true,
    grace,
    default: |object| fill(object, "Pod", default::pod),
    prepare_create,
    prepare_update: |new, old| {
        keep(new, old, "status");
        admission::update(new, old);
    },
    prepare_status,
    validate: validate::pod,
    warnings: warnings::pod,
    validate_status: validate::status,
    fields,
    columns: columns::COLUMNS,
    finished: columns::finished,
    cells: columns::cells,
    status_reset: &[&["spec"], &["metadata", "deletionTimestamp"], &["metadata", "ownerReferences"]],
    ..BuiltIn::PLAIN
};

/// A pod that no kubelet knows of, and one that is at its end, goes at once
fn grace(pod: &Value, asked: Option<i64>) -> i64 {
    let is_finished = matches!(text(&pod["status"]["phase"]), "Failed" | "Succeeded");
    if text(&pod["spec"]["nodeName"]).is_empty() || is_finished {
        return 0;
    }
    let seconds = asked.or(pod["spec"]["terminationGracePeriodSeconds"].as_i64()).unwrap_or(0);
    if seconds < 0 { 1 } else { seconds }
}

fn prepare_create(pod: &mut Value, creation: &mut Creation<'_>) -> Result<(), Refusal> {
    admission::create(pod, creation)?;
    let quality = admission::quality(pod);
    edit::set(pod, "status", json!({ "phase": "Pending", "qosClass": quality }));
    if !pod["spec"]["schedulingGates"].as_array().is_none_or(Vec::is_empty) {
        let gated = json!([{
            "type": "PodScheduled", "status": "False", "lastProbeTime": null, "lastTransitionTime": seconds(creation.now),
            "reason": "SchedulingGated",
            "message": "Scheduling is blocked due to non-empty scheduling gates",
        }]);
        edit::set_below(pod, "status", "conditions", gated);
    }
    Ok(())
}

fn prepare_status(new: &mut Value, old: &Value) {
    keep(new, old, "spec");
    keep_meta(new, old, "deletionTimestamp");
    keep_meta(new, old, "ownerReferences");
    if text(&new["status"]["qosClass"]).is_empty() {
        edit::set_below(new, "status", "qosClass", old["status"]["qosClass"].clone());
    }
    if new["status"]["observedGeneration"].is_null() {
        let generation = old["status"]["observedGeneration"].clone();
        edit::set_below(new, "status", "observedGeneration", generation);
    }
}

fn fields(pod: &Value) -> Vec<(&'static str, String)> {
    let (spec, status) = (&pod["spec"], &pod["status"]);
    let host_network = (spec["hostNetwork"] == true).to_string();
    let mut ip = text(&status["podIP"]);
    if ip.is_empty() {
        ip = text(&status["podIPs"][0]["ip"]);
    }
    vec![
        ("spec.nodeName", text(&spec["nodeName"]).to_owned()),
        ("spec.restartPolicy", text(&spec["restartPolicy"]).to_owned()),
        ("spec.schedulerName", text(&spec["schedulerName"]).to_owned()),
        ("spec.serviceAccountName", text(&spec["serviceAccountName"]).to_owned()),
        ("spec.hostNetwork", host_network),
        ("status.phase", text(&status["phase"]).to_owned()),
        ("status.podIP", ip.to_owned()),
        ("status.nominatedNodeName", text(&status["nominatedNodeName"]).to_owned()),
    ]
}
