//! Pods whose containers have nothing to say: groups 7 to 9
//!
//! Readiness decides here, together with how long a pod may take to come up.

use super::{Action, Budget, Cause, Health, Judgement, Patient};
use crate::{Verdict, deadline::wait_over, pod::ContainerStatus};

/// Healthy, starting, or not Ready for too long
pub(super) fn readiness(patient: Patient<'_>) -> Judgement {
    if patient.is_running_and_ready() {
        return judged(patient).unwrap_or_else(|| healthy(patient));
    }
    let status = &patient.pod.status;
    let ready = status.condition("Ready");
    let containers_ready =
        status.condition("ContainersReady").is_some_and(|condition| condition.status == "True");
    if containers_ready && ready.is_some() {
        return gated(patient);
    }
    if patient.was_ready() { unready(patient) } else { coming_up(patient) }
}

/// Ready, and the user's own check says otherwise
///
/// Its wait are the observations alone: the check has none of the API's times.
fn judged(patient: Patient<'_>) -> Option<Judgement> {
    let Some(Verdict::Unhealthy(reason)) = &patient.pod.verdict else { return None };
    let since = match patient.memory {
        Some(memory) if memory.is_of(Cause::Custom.as_str()) => memory.since,
        _ => patient.now,
    };
    Some(Judgement {
        action: Action::Replace,
        budget: Budget::Same,
        detail: Some(reason.clone()),
        ..patient.finding(Cause::Custom, since, 0)
    })
}

fn healthy(patient: Patient<'_>) -> Judgement {
    let ready = patient.pod.status.condition("Ready").and_then(|ready| ready.last_transition_time);
    let running =
        patient.pod.status.container_statuses.iter().filter_map(ContainerStatus::running_since).max();
    let since = ready.into_iter().chain(running).max().unwrap_or(patient.pod.created);
    Judgement {
        health: Health::Healthy,
        cause: None,
        sidecar: false,
        action: Action::Keep,
        budget: Budget::Free,
        since: patient.at(since),
        due_at: None,
        due: false,
        detail: None,
    }
}

/// An outside controller holds the pod back
fn gated(patient: Patient<'_>) -> Judgement {
    let clock = patient.startup_clock();
    let (health, wait) = if patient.was_ready() {
        (Health::Unhealthy, patient.knobs.hold_grace_secs)
    } else if wait_over(clock, patient.knobs.startup_timeout_secs) <= patient.now {
        (Health::Unhealthy, patient.knobs.startup_timeout_secs)
    } else {
        (Health::Starting, patient.knobs.startup_timeout_secs)
    };
    let due_at = wait_over(clock, wait);
    Judgement {
        health,
        action: Action::Hold,
        since: clock,
        due_at: Some(due_at),
        due: due_at <= patient.now,
        ..patient.finding(Cause::ReadinessGate, clock, wait)
    }
}

fn unready(patient: Patient<'_>) -> Judgement {
    // a restarted container gets its time again; the Ready condition itself did not change then
    let since = patient.startup_clock();
    Judgement {
        action: Action::Replace,
        budget: Budget::Same,
        ..patient.finding(Cause::Unready, since, patient.knobs.unready_for_secs)
    }
}

fn coming_up(patient: Patient<'_>) -> Judgement {
    let clock = patient.startup_clock();
    let due_at = wait_over(clock, patient.knobs.startup_timeout_secs);
    if patient.now < due_at {
        return Judgement {
            health: Health::Starting,
            due_at: Some(due_at),
            due: false,
            ..patient.finding(Cause::Starting, clock, patient.knobs.startup_timeout_secs)
        };
    }
    if patient.pod.spec.node_name.is_none() {
        // nobody schedules: a new pod would wait in the same queue
        let finding = patient.finding(Cause::Unschedulable, clock, patient.knobs.startup_timeout_secs);
        return Judgement { action: Action::Hold, ..finding };
    }
    Judgement {
        health: Health::Unhealthy,
        cause: Some(Cause::StartTimeout),
        sidecar: false,
        action: Action::Replace,
        budget: Budget::Same,
        since: clock,
        due_at: Some(due_at),
        due: true,
        detail: None,
    }
}
