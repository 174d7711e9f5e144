//! Pods that are on their way out or have ended: groups 1 and 2
//!
//! What ends a pod decides whether its slot is charged. Nothing here leads to a removal.

use jiff::Timestamp;

use super::{Action, Budget, Cause, Health, Judgement, Patient};
use crate::{
    deadline::after,
    pod::{ContainerStatus, Phase},
};

/// Words of a kubelet that refuses a pod at its door; `OutOf<resource>` is matched by its beginning
const REJECTIONS: [&str; 4] =
    ["NodeAffinity", "UnexpectedAdmissionError", "TopologyAffinityError", "SysctlForbidden"];
/// Words of a kubelet that shuts its node down
const SHUTDOWNS: [&str; 3] = ["Terminated", "Shutdown", "NodeShutdown"];

/// Group 1: being deleted
pub(super) fn terminating(patient: Patient<'_>) -> Option<Judgement> {
    let deletion = patient.pod.deletion?;
    // the deletion time has the grace period in it already, so it usually lies ahead
    let stuck_at = after(deletion, i64::from(patient.knobs.stuck_terminating_after_secs) + 1);
    let stuck = stuck_at <= patient.now;
    Some(Judgement {
        health: Health::Terminating,
        cause: Some(if stuck { Cause::StuckTerminating } else { Cause::Terminating }),
        sidecar: false,
        action: if stuck { Action::Hold } else { Action::Wait },
        budget: Budget::Free,
        since: patient.at(deletion),
        due_at: Some(stuck_at),
        due: stuck,
        detail: (!patient.pod.finalizers.is_empty()).then(|| patient.pod.finalizers.join(", ")),
    })
}

/// Group 2: Succeeded or Failed
pub(super) fn finished(patient: Patient<'_>) -> Option<Judgement> {
    let (cause, budget) = match patient.pod.status.phase {
        Phase::Failed => failure(patient),
        Phase::Succeeded => (Cause::Completed, Budget::Charged),
        Phase::Pending | Phase::Running | Phase::Unknown => return None,
    };
    Some(Judgement {
        health: Health::Finished,
        cause: Some(cause),
        sidecar: false,
        action: Action::Gone,
        budget,
        since: patient.at(end(patient)),
        due_at: None,
        due: true,
        detail: patient.pod.status.reason.clone(),
    })
}

fn failure(patient: Patient<'_>) -> (Cause, Budget) {
    let status = &patient.pod.status;
    let reason = status.reason.as_deref().unwrap_or_default();
    let message = status.message.as_deref().unwrap_or_default();
    let disrupted =
        || status.condition("DisruptionTarget").is_some_and(|condition| condition.status == "True");
    match reason {
        "Evicted" if message.contains("node had condition") => (Cause::Rejected, Budget::Same),
        "Evicted" if message.contains("exceed") && message.contains("limit") => {
            (Cause::LimitExceeded, Budget::Same)
        }
        "Evicted" => (Cause::Evicted, Budget::Charged),
        _ if reason.starts_with("OutOf") || REJECTIONS.contains(&reason) => (Cause::Rejected, Budget::Same),
        _ if SHUTDOWNS.contains(&reason) => (Cause::NodeShutdown, Budget::Free),
        _ if disrupted() => (Cause::Disrupted, Budget::Free),
        "DeadlineExceeded" => (Cause::DeadlineExceeded, Budget::Same),
        _ => (Cause::Failed, Budget::Same),
    }
}

/// When the pod ended: its newest container end, else the newest change of a condition
fn end(patient: Patient<'_>) -> Timestamp {
    let status = &patient.pod.status;
    let containers = status.container_statuses.iter().filter_map(ContainerStatus::finished_at).max();
    let conditions = || status.conditions.iter().filter_map(|condition| condition.last_transition_time).max();
    containers.or_else(conditions).unwrap_or(patient.pod.created).max(patient.pod.created)
}
