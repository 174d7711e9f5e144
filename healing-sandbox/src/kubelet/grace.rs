//! The end of a pod that was deleted: its containers end within the grace period, then the object goes
//!
//! It does not ask for deletions and knows nothing of finalizers: what they hold back is not the kubelet's.

use k8s_openapi::api::core::v1::{ContainerStatus, PodStatus};

use super::container::exited;
use super::pod::{Action, Step, settle};
use super::scene::{Scene, is_running};
use crate::clock::later;

/// What happens next to a pod with a deletionTimestamp; `stuck` if its containers do not end
pub(crate) fn step(scene: &Scene<'_>, stuck: bool) -> Step {
    let runs = scene.container_statuses().iter().chain(scene.init_statuses()).any(is_running);
    let grace_secs = scene.pod.metadata.deletion_grace_period_seconds.unwrap_or_default();
    if stuck && runs {
        return Step::rest();
    }
    if !runs {
        // Grace 0 means that the API server has let go already and a finalizer alone holds the object
        return if grace_secs == 0 { Step::rest() } else { Step::now(Action::Remove) };
    }
    let limit = scene.pod.metadata.deletion_timestamp.as_ref().map_or(scene.now, |time| time.0);
    let wanted = later(scene.memory.deleting.unwrap_or(scene.now), scene.pace.termination);
    let due = wanted.min(limit);
    if due > scene.now {
        return Step::later(due);
    }
    Step::now(Action::Status(Box::new(terminated(scene, wanted > limit))))
}

/// Every run ended: well, or where the grace period was too short by the kubelet's hand
fn terminated(scene: &Scene<'_>, killed: bool) -> PodStatus {
    let (code, reason) = if killed { (137, "Error") } else { (0, "Completed") };
    let end = |status: &ContainerStatus| {
        if is_running(status) { exited(status, code, reason, scene.now) } else { status.clone() }
    };
    let init = scene.init_statuses().iter().map(end).collect();
    let containers = scene.container_statuses().iter().map(end).collect();
    settle(scene, init, containers, true)
}
