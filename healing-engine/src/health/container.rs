//! What the containers say: groups 5 and 6
//!
//! Init containers speak before containers; of several findings the most cautious is taken.

use super::{Action, Budget, Cause, Health, Judgement, Patient};
use crate::{
    deadline::wait_over,
    memory::restart_baseline,
    pod::{ContainerStatus, Terminated},
};

/// Back-off of the kubelet from which its own restart count is believed without ours
const LONG_BACKOFF_SECS: u32 = 120;

const IMAGE_ERRORS: [&str; 7] = [
    "ErrImagePull",
    "ImagePullBackOff",
    "ErrImageNeverPull",
    "InvalidImageName",
    "ImageInspectError",
    "RegistryUnavailable",
    "SignatureValidationFailed",
];
const START_ERRORS: [&str; 3] = ["RunContainerError", "StartError", "ContainerCannotRun"];
const HOOK_ERRORS: [&str; 3] = ["PreCreateHookError", "PreStartHookError", "PostStartHookError"];

/// The most cautious finding of the init containers that matter now, else of the containers
pub(super) fn in_containers(patient: Patient<'_>) -> Option<Judgement> {
    most_cautious(in_init_containers(patient)).or_else(|| {
        let containers = &patient.pod.status.container_statuses;
        most_cautious(containers.iter().filter_map(|status| signal(patient, status, false)).collect())
    })
}

/// Findings of the first unfinished init container and of the sidecars before it
fn in_init_containers(patient: Patient<'_>) -> Vec<Judgement> {
    let mut findings = Vec::new();
    for status in &patient.pod.status.init_container_statuses {
        let sidecar = patient.pod.spec.is_sidecar(&status.name);
        let finished = status.state.terminated.as_ref().is_some_and(|terminated| terminated.exit_code == 0);
        if finished && !sidecar {
            continue;
        }
        findings.extend(signal(patient, status, sidecar));
        let started = sidecar && status.started == Some(true);
        if !started {
            break;
        }
    }
    findings
}

fn most_cautious(findings: Vec<Judgement>) -> Option<Judgement> {
    // `min_by_key` keeps the first of equals
    findings.into_iter().min_by_key(|finding| finding.action)
}

fn signal(patient: Patient<'_>, status: &ContainerStatus, sidecar: bool) -> Option<Judgement> {
    let finding = if let Some(waiting) = &status.state.waiting {
        Some(waits(patient, status, waiting.reason.as_deref().unwrap_or("no reason")))
    } else {
        status.state.terminated.as_ref().and_then(|terminated| ended(patient, status, terminated))
    };
    finding.map(|finding| Judgement { sidecar, ..finding })
}

fn waits(patient: Patient<'_>, status: &ContainerStatus, reason: &str) -> Judgement {
    let (knobs, clock) = (patient.knobs, patient.startup_clock());
    let failing_since = status.finished_at().map_or(clock, |finished| clock.max(finished));
    match reason {
        "ContainerCreating" | "PodInitializing" => being_created(patient),
        "CreateContainerConfigError" => held(patient, Cause::ConfigError, failing_since, status),
        "CreateContainerError" => Judgement {
            action: Action::Replace,
            budget: Budget::Same,
            ..patient.finding(Cause::RuntimeError, failing_since, knobs.hold_grace_secs)
        },
        "CrashLoopBackOff" => crash_loop(patient, status, crash_cause(status)),
        _ if IMAGE_ERRORS.contains(&reason) => held(patient, Cause::ImageError, failing_since, status),
        _ if START_ERRORS.contains(&reason) => crash_loop(patient, status, Cause::StartError),
        _ if HOOK_ERRORS.contains(&reason) => crash_loop(patient, status, Cause::HookError),
        _ => unknown(patient, reason),
    }
}

fn ended(patient: Patient<'_>, status: &ContainerStatus, terminated: &Terminated) -> Option<Judgement> {
    let since = terminated.finished_at.unwrap_or_else(|| patient.startup_clock());
    let reason = terminated.reason.as_deref().unwrap_or("Error");
    if reason == "ContainerStatusUnknown" {
        let finding = patient.finding(Cause::NodeInfra, since, patient.knobs.hold_grace_secs);
        return Some(Judgement { action: Action::Elsewhere, budget: Budget::Charged, ..finding });
    }
    if START_ERRORS.contains(&reason) {
        return Some(crash_loop(patient, status, Cause::StartError));
    }
    if HOOK_ERRORS.contains(&reason) {
        return Some(crash_loop(patient, status, Cause::HookError));
    }
    // ended well: about to be restarted, or to be called a crash loop
    if terminated.exit_code == 0 {
        return None;
    }
    Some(match reason {
        "Error" | "OOMKilled" => {
            Judgement { due_at: None, due: false, ..patient.finding(Cause::Exited, since, 0) }
        }
        _ => unknown(patient, reason),
    })
}

fn being_created(patient: Patient<'_>) -> Judgement {
    let sandbox = patient.pod.status.condition("PodReadyToStartContainers");
    let no_sandbox = sandbox.is_some_and(|condition| condition.status == "False");
    let (cause, action) = if no_sandbox {
        (Cause::NodeInfra, Action::Elsewhere)
    } else {
        (Cause::ContainerCreating, Action::Replace)
    };
    let finding =
        patient.starting_until_due(cause, patient.startup_clock(), patient.knobs.startup_timeout_secs);
    Judgement { action, budget: Budget::Charged, ..finding }
}

fn held(patient: Patient<'_>, cause: Cause, since: jiff::Timestamp, status: &ContainerStatus) -> Judgement {
    let message = status.state.waiting.as_ref().and_then(|waiting| waiting.message.clone());
    // from API times alone: a restart of this process must not take a report back
    let due_at = wait_over(patient.at(since), patient.knobs.hold_grace_secs);
    Judgement {
        action: Action::Hold,
        since: patient.at(since),
        due_at: Some(due_at),
        due: due_at <= patient.now,
        detail: message,
        ..patient.finding(cause, since, 0)
    }
}

fn unknown(patient: Patient<'_>, reason: &str) -> Judgement {
    let (since, wait) = (patient.startup_clock(), patient.knobs.startup_timeout_secs);
    let due_at = wait_over(since, wait);
    let due = due_at <= patient.now;
    Judgement {
        health: if due { Health::Unhealthy } else { Health::Starting },
        action: Action::Hold,
        since,
        due_at: Some(due_at),
        due,
        detail: Some(reason.to_owned()),
        ..patient.finding(Cause::UnknownTransient, since, wait)
    }
}

/// Why a container in back-off ended last
fn crash_cause(status: &ContainerStatus) -> Cause {
    let reason = status.last_state.terminated.as_ref().and_then(|terminated| terminated.reason.as_deref());
    match reason {
        Some("OOMKilled") => Cause::OutOfMemory,
        Some(reason) if START_ERRORS.contains(&reason) => Cause::StartError,
        Some(reason) if HOOK_ERRORS.contains(&reason) => Cause::HookError,
        _ => Cause::CrashLoop,
    }
}

/// Left to the kubelet's own restarts first: a delete would reset its back-off
fn crash_loop(patient: Patient<'_>, status: &ContainerStatus, cause: Cause) -> Judgement {
    let threshold = i64::from(patient.knobs.restart_threshold);
    let known = patient.memory.and_then(|memory| memory.restart_baseline.get(&status.name).copied());
    let baseline = restart_baseline(patient.pod, status, known, patient.now);
    let restarts = i64::from(status.restart_count) - i64::from(baseline);
    let since = patient.memory.and_then(|memory| memory.failing_since).unwrap_or(patient.pod.created);
    let since = patient.at(since);
    let due_at = if restarts >= threshold {
        Some(since)
    } else if i64::from(status.restart_count) >= threshold {
        // the length of the present back-off is the kubelet's own count of restarts in a row
        status.finished_at().map(|finished| wait_over(patient.at(finished), LONG_BACKOFF_SECS))
    } else {
        None
    };
    Judgement {
        health: Health::Unhealthy,
        cause: Some(cause),
        sidecar: false,
        action: Action::Replace,
        budget: Budget::Same,
        since,
        due_at,
        due: due_at.is_some_and(|due_at| due_at <= patient.now),
        detail: None,
    }
}
