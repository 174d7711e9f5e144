//! A pod's status as a strategic merge patch that leaves nothing of the old state behind
//!
//! Such a patch merges: a container that goes from `waiting` to `running` would be both unless the old state is
//! named and set to null. What others write into a status is not in the patch.

use k8s_openapi::api::core::v1::{ContainerState, ContainerStatus, PodCondition, PodStatus};
use serde_json::{Value, json};

/// The patch that makes the status of the pod with this UID `status`; refused by the API server for any other pod
pub(crate) fn patch(uid: &str, status: &PodStatus) -> Value {
    let containers = |statuses: &Option<Vec<ContainerStatus>>| match statuses {
        Some(statuses) => statuses.iter().map(container).collect(),
        None => Value::Null,
    };
    let evicted = status.reason.as_deref() == Some("Evicted");
    let ours = |kind: &str| is_ours(kind) || (evicted && kind == "DisruptionTarget");
    let conditions = status.conditions.as_deref().unwrap_or_default();
    let mut patch = json!({
        "phase": status.phase,
        "reason": status.reason,
        "message": status.message,
        "conditions": conditions.iter().filter(|one| ours(&one.type_)).map(condition).collect::<Vec<_>>(),
        "containerStatuses": containers(&status.container_statuses),
        "initContainerStatuses": containers(&status.init_container_statuses),
        "observedGeneration": status.observed_generation,
    });
    if let Some(started) = &status.start_time {
        patch["startTime"] = json!(started);
    }
    if let Some(ip) = &status.host_ip {
        patch["hostIP"] = json!(ip);
        patch["hostIPs"] = json!([{ "ip": ip }]);
    }
    if let Some(ip) = &status.pod_ip {
        patch["podIP"] = json!(ip);
    }
    json!({ "metadata": { "uid": uid }, "status": patch })
}

/// Whether the kubelet writes this condition; a readiness gate or an eviction's mark belongs to others
fn is_ours(kind: &str) -> bool {
    matches!(kind, "PodScheduled" | "PodReadyToStartContainers" | "Initialized" | "ContainersReady" | "Ready")
}

fn condition(condition: &PodCondition) -> Value {
    json!({
        "type": condition.type_,
        "status": condition.status,
        "reason": condition.reason,
        "message": condition.message,
        "lastProbeTime": Value::Null,
        "lastTransitionTime": condition.last_transition_time,
    })
}

fn container(status: &ContainerStatus) -> Value {
    json!({
        "name": status.name,
        "image": status.image,
        "imageID": status.image_id,
        "ready": status.ready,
        "started": status.started,
        "restartCount": status.restart_count,
        "state": state(status.state.as_ref()),
        "lastState": state(status.last_state.as_ref()),
    })
}

fn state(state: Option<&ContainerState>) -> Value {
    let Some(state) = state else { return json!({ "waiting": null, "running": null, "terminated": null }) };
    json!({
        "waiting": state.waiting.as_ref().map(|one| json!({ "reason": one.reason, "message": one.message })),
        "running": state.running.as_ref().map(|one| json!({ "startedAt": one.started_at })),
        "terminated": state.terminated.as_ref().map(|one| json!({
            "exitCode": one.exit_code,
            "reason": one.reason,
            "message": one.message,
            "startedAt": one.started_at,
            "finishedAt": one.finished_at,
        })),
    })
}
