//! The user's own verdicts on pods that are Ready
//!
//! It owns the question and what becomes of a panic. What a verdict leads to is decided in the engine.

#[cfg(test)]
mod tests;

use std::{
    collections::BTreeMap,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use healing_engine::{ObservedPod, Verdict};
use k8s_openapi::api::core::v1::Pod;
use tracing::warn;

use crate::{Workload, metrics::ControllerMetrics, shutdown, verdict::Opinion};

/// Longest reason that is kept, in bytes
const REASON_MAX: usize = 200;

/// Asks about each pod that is Ready and not on its way out
pub(super) fn ask<R: Workload>(
    resource: &R,
    pods: &mut [ObservedPod],
    whole: &BTreeMap<String, Arc<Pod>>,
    metrics: &ControllerMetrics,
) {
    let is_ready = |pod: &ObservedPod| {
        pod.deletion.is_none() && pod.status.condition("Ready").is_some_and(|ready| ready.status == "True")
    };
    for pod in pods.iter_mut().filter(|pod| is_ready(pod)) {
        let verdict = whole.get(&pod.uid).map(|whole| judge(resource, whole, metrics));
        pod.verdict = verdict.unwrap_or(Some(Verdict::Unknown));
    }
}

/// The user's code may panic: that is a fault of the code, not of the pod, and of no other pod either
fn judge<R: Workload>(resource: &R, pod: &Pod, metrics: &ControllerMetrics) -> Option<Verdict> {
    match catch_unwind(AssertUnwindSafe(|| resource.assess(pod).verdict())) {
        Ok(Some(Verdict::Unhealthy(mut reason))) => {
            reason.truncate(reason.floor_char_boundary(REASON_MAX));
            Some(Verdict::Unhealthy(reason))
        }
        Ok(verdict) => verdict,
        Err(panic) => {
            metrics.panicked();
            warn!(
                pod = pod.metadata.name,
                error = shutdown::said(panic.as_ref()),
                "`assess` panicked; the pod's verdict is unknown"
            );
            Some(Verdict::Unknown)
        }
    }
}
