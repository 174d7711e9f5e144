//! The next state of one container: created, started, ready, exited, restarted
//!
//! It knows one container at a time; what the containers make of their pod is `condition`'s business. Restart counts
//! only ever grow here, and `lastState` is always the last run.

use std::time::Duration;

use jiff::Timestamp;
use k8s_openapi::api::core::v1::{
    Container, ContainerState, ContainerStateRunning, ContainerStateTerminated, ContainerStateWaiting,
    ContainerStatus,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use super::failure::Verdict;
use super::scene::{Scene, exit_code, has_run, is_running, running_since, waiting_reason};

/// What becomes of a container
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Next {
    /// Nothing until something else happens
    Stay,
    /// Nothing before this time
    Later(Timestamp),
    /// This, now
    Now(Box<ContainerStatus>),
}

/// The first status of a container, before anything of it exists
pub(crate) fn created(container: &Container, reason: &str) -> ContainerStatus {
    ContainerStatus {
        name: container.name.clone(),
        image: container.image.clone().unwrap_or_default(),
        state: Some(waiting(reason, None)),
        started: Some(false),
        ..ContainerStatus::default()
    }
}

/// The next state of a container of the spec, all init containers being done
pub(crate) fn advance(
    scene: &Scene<'_>,
    container: &Container,
    status: &ContainerStatus,
    verdict: &Verdict,
) -> Next {
    if is_running(status) {
        return while_running(scene, container, status, verdict);
    }
    if exit_code(status).is_some_and(|code| !restarts(scene.restart_policy(), code)) {
        return Next::Stay;
    }
    let reason = waiting_reason(status);
    if let (Verdict::Hold { reason: wanted, .. }, Some(reason)) = (verdict, reason)
        && *wanted == reason
    {
        return Next::Stay;
    }
    let wait = match reason {
        Some("ContainerCreating" | "PodInitializing") => scene.pace.start_up,
        Some("CrashLoopBackOff") | None => scene.pace.before_restart(scene.memory.exits),
        Some(_) => scene.pace.retry,
    };
    at(scene, wait, || match verdict {
        Verdict::Hold { reason, message } => held(status, reason, message),
        _ => started(scene, container, status, verdict),
    })
}

/// The next state of the init container whose turn it is
pub(crate) fn advance_init(scene: &Scene<'_>, container: &Container, status: &ContainerStatus) -> Next {
    at(scene, scene.pace.start_up, || {
        if is_running(status) {
            exited(status, 0, "Completed", scene.now)
        } else {
            started(scene, container, status, &Verdict::Run)
        }
    })
}

/// Whether an init container lets the next one start
pub(crate) fn init_is_done(container: &Container, status: &ContainerStatus) -> bool {
    exit_code(status) == Some(0) || (is_sidecar(container) && is_running(status))
}

/// Whether an init container runs along with the containers of the pod
pub(crate) fn is_sidecar(container: &Container) -> bool {
    container.restart_policy.as_deref() == Some("Always")
}

/// Whether a container that ended with `code` is started again
pub(crate) fn restarts(policy: &str, code: i32) -> bool {
    match policy {
        "Never" => false,
        "OnFailure" => code != 0,
        _ => true,
    }
}

/// The status of a container whose run ends now
pub(crate) fn exited(status: &ContainerStatus, code: i32, reason: &str, now: Timestamp) -> ContainerStatus {
    let ended = ContainerStateTerminated {
        exit_code: code,
        reason: Some(reason.to_owned()),
        started_at: running_since(status).map(Time),
        finished_at: Some(Time(now)),
        ..ContainerStateTerminated::default()
    };
    let state = Some(ContainerState { terminated: Some(ended), ..ContainerState::default() });
    ContainerStatus { state, ready: false, started: Some(false), ..status.clone() }
}

fn while_running(
    scene: &Scene<'_>,
    container: &Container,
    status: &ContainerStatus,
    verdict: &Verdict,
) -> Next {
    match verdict {
        Verdict::Exit { code, reason } => at(scene, scene.pace.strike, || {
            let ended = exited(status, *code, reason, scene.now);
            // The first exit is followed by a restart without delay, so the exit itself is shown; from the second
            // on the kubelet shows that it waits
            if scene.memory.exits == 0 || !restarts(scene.restart_policy(), *code) {
                ended
            } else {
                backing_off(scene, &ended)
            }
        }),
        Verdict::Unready { once_ready: true } if status.ready => {
            at(scene, scene.pace.strike, || ContainerStatus { ready: false, ..status.clone() })
        }
        Verdict::Unready { once_ready } if !status.ready && (!once_ready || scene.memory.was_ready) => {
            Next::Stay
        }
        _ if status.ready => Next::Stay,
        _ => {
            let wait =
                if container.readiness_probe.is_some() { scene.pace.readiness } else { Duration::ZERO };
            at(scene, wait, || ContainerStatus { ready: true, ..status.clone() })
        }
    }
}

/// The status of a container whose next run, first or not, starts now
fn started(
    scene: &Scene<'_>,
    container: &Container,
    status: &ContainerStatus,
    verdict: &Verdict,
) -> ContainerStatus {
    let runs_well = match verdict {
        Verdict::Exit { .. } => false,
        Verdict::Unready { once_ready } => *once_ready && !scene.memory.was_ready,
        _ => true,
    };
    let running = ContainerStateRunning { started_at: Some(Time(scene.now)) };
    ContainerStatus {
        ready: runs_well && container.readiness_probe.is_none(),
        started: Some(true),
        restart_count: status.restart_count.saturating_add(i32::from(has_run(status))),
        state: Some(ContainerState { running: Some(running), ..ContainerState::default() }),
        last_state: last_run(status),
        image_id: format!("simulated://{}", status.image),
        ..status.clone()
    }
}

fn held(status: &ContainerStatus, reason: &str, message: &str) -> ContainerStatus {
    let message = (!message.is_empty()).then_some(message);
    ContainerStatus {
        ready: false,
        started: Some(false),
        last_state: last_run(status),
        state: Some(waiting(reason, message)),
        ..status.clone()
    }
}

fn backing_off(scene: &Scene<'_>, ended: &ContainerStatus) -> ContainerStatus {
    let wait = scene.pace.before_restart(scene.memory.exits.saturating_add(1));
    let message = format!("back-off {wait:?} restarting failed container={}", ended.name);
    held(ended, "CrashLoopBackOff", &message)
}

/// The last run that ended: the present state if it is one, else what was known
fn last_run(status: &ContainerStatus) -> Option<ContainerState> {
    let ended = status.state.as_ref().filter(|state| state.terminated.is_some());
    ended.or(status.last_state.as_ref()).cloned()
}

fn waiting(reason: &str, message: Option<&str>) -> ContainerState {
    let waiting =
        ContainerStateWaiting { reason: Some(reason.to_owned()), message: message.map(str::to_owned) };
    ContainerState { waiting: Some(waiting), ..ContainerState::default() }
}

/// `then`, once `wait` has passed since the last write
fn at(scene: &Scene<'_>, wait: Duration, then: impl FnOnce() -> ContainerStatus) -> Next {
    let due = scene.since(wait);
    if due <= scene.now { Next::Now(Box::new(then())) } else { Next::Later(due) }
}
