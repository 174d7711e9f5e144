//! Pods between scheduler, node and those who disrupt: groups 3 and 4
//!
//! Everything here is left to Kubernetes: a new pod would meet the same scheduler and the same nodes.

use jiff::Timestamp;

use super::{Action, Cause, Health, Judgement, Patient};
use crate::{
    deadline::wait_over,
    pod::{NodeState, Phase},
};

/// How long the announcement of a disruption is believed
const DISRUPTION_SECS: u32 = 120;

/// Until when an announced disruption is believed; `None` if there is none or it is stale
pub(super) fn disrupted_until(patient: Patient<'_>) -> Option<Timestamp> {
    let target = patient.pod.status.condition("DisruptionTarget").filter(|target| target.status == "True")?;
    let until = wait_over(patient.at(target.last_transition_time?), DISRUPTION_SECS);
    (patient.now < until).then_some(until)
}

/// The pod's node does not report, or does not exist any more: Kubernetes deletes the pod, in its own time
pub(super) fn node_lost(patient: Patient<'_>) -> Option<Judgement> {
    let status = &patient.pod.status;
    let ready = status.condition("Ready").filter(|ready| ready.status != "True");
    let is = |word: &str| ready.is_some_and(|ready| ready.status == word);
    let node = patient.pod.node;
    // without its node's word, the pod's own is all there is
    let not_ready = is("False") && matches!(node, Some(NodeState::NotReady | NodeState::Fenced));
    let lost = status.phase == Phase::Unknown || status.reason.as_deref() == Some("NodeLost");
    let cause = if lost || is("Unknown") || not_ready {
        Cause::NodeLost
    } else if status.phase == Phase::Running && node == Some(NodeState::Gone) {
        Cause::Orphaned
    } else {
        return None;
    };
    let since = ready.and_then(|ready| ready.last_transition_time).unwrap_or(patient.pod.created);
    Some(Judgement { due_at: None, due: false, ..patient.finding(cause, since, 0) })
}

/// The pod has no node yet, or restarts as a whole
pub(super) fn unscheduled(patient: Patient<'_>) -> Option<Judgement> {
    let status = &patient.pod.status;
    if let Some(scheduled) = status.condition("PodScheduled").filter(|scheduled| scheduled.status == "False")
    {
        let since = scheduled.last_transition_time.unwrap_or(patient.pod.created);
        return Some(match scheduled.reason.as_deref() {
            Some("Unschedulable") => Judgement {
                action: Action::Hold,
                detail: scheduled.message.clone(),
                ..patient.starting_until_due(Cause::Unschedulable, since, patient.knobs.hold_grace_secs)
            },
            _ => starting(patient, Cause::SchedulingGated, since),
        });
    }
    let restarting =
        status.condition("AllContainersRestarting").filter(|restarting| restarting.status == "True")?;
    let since = restarting.last_transition_time.unwrap_or(patient.pod.created);
    Some(starting(patient, Cause::Restarting, since))
}

fn starting(patient: Patient<'_>, cause: Cause, since: Timestamp) -> Judgement {
    Judgement { health: Health::Starting, due_at: None, due: false, ..patient.finding(cause, since, 0) }
}
