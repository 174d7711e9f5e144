//! What the states of the containers make of their pod: its phase and its conditions
//!
//! Both follow from the containers alone, so they cannot contradict them. Conditions that others write
//! (`DisruptionTarget`, readiness gates) are kept as they are.

use jiff::Timestamp;
use k8s_openapi::api::core::v1::{Container, ContainerStatus, PodCondition};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use super::container::{init_is_done, restarts};
use super::scene::{Scene, exit_code, has_run, is_running, waiting_reason};

/// The phase that the containers amount to; `last` if none of them is going to run again
pub(crate) fn phase(scene: &Scene<'_>, statuses: &[ContainerStatus], last: bool) -> &'static str {
    let codes: Vec<Option<i32>> = statuses.iter().map(exit_code).collect();
    let stay_down =
        |code: &Option<i32>| code.is_some_and(|code| last || !restarts(scene.restart_policy(), code));
    if !codes.is_empty() && codes.iter().all(stay_down) {
        return if codes.iter().all(|code| *code == Some(0)) { "Succeeded" } else { "Failed" };
    }
    if statuses.iter().all(|status| is_running(status) || has_run(status)) { "Running" } else { "Pending" }
}

/// The conditions of a bound pod
pub(crate) fn conditions(
    scene: &Scene<'_>,
    init: &[ContainerStatus],
    containers: &[ContainerStatus],
    phase: &str,
) -> Vec<PodCondition> {
    let ended = matches!(phase, "Succeeded" | "Failed");
    let unready: Vec<&str> =
        containers.iter().filter(|one| !one.ready).map(|one| one.name.as_str()).collect();
    let all_ready = !ended && unready.is_empty() && !containers.is_empty();
    let why = match phase {
        "Succeeded" => Some("PodCompleted"),
        "Failed" => Some("PodFailed"),
        _ => Some("ContainersNotReady"),
    };
    let message = (!ended).then(|| format!("containers with unready status: {unready:?}"));
    let gates_open = gates_are_open(scene);
    let (ready_why, ready_message) = if all_ready && !gates_open {
        (Some("ReadinessGatesNotReady"), Some("a readiness gate of the pod is not open".to_owned()))
    } else {
        (why, message.clone())
    };
    let incomplete = (phase == "Pending").then_some("ContainersNotInitialized");
    let facts = [
        ("PodReadyToStartContainers", !ended && has_sandbox(init, containers), None, None),
        ("Initialized", is_initialized(scene.init_containers(), init), incomplete, None),
        ("Ready", all_ready && gates_open, ready_why, ready_message),
        ("ContainersReady", all_ready, why, message),
        ("PodScheduled", true, None, None),
    ];
    let mut conditions = present(scene).to_vec();
    for (kind, holds, why, message) in facts {
        let why = if holds { None } else { why };
        let message = if holds { None } else { message };
        set(&mut conditions, condition(kind, holds, (why, message), scene.now));
    }
    conditions
}

/// Puts a condition in; the time of its last transition stays where the status has not changed
pub(crate) fn set(conditions: &mut Vec<PodCondition>, mut new: PodCondition) {
    match conditions.iter_mut().find(|old| old.type_ == new.type_) {
        // Fields that the server adds to a condition are no reason to write it again
        Some(old) if old.status == new.status && old.reason == new.reason && old.message == new.message => {}
        Some(old) => {
            if old.status == new.status && old.last_transition_time.is_some() {
                new.last_transition_time.clone_from(&old.last_transition_time);
            }
            *old = new;
        }
        None => conditions.push(new),
    }
}

/// A condition that changed at `now`
pub(crate) fn condition(
    kind: &str,
    holds: bool,
    (reason, message): (Option<&str>, Option<String>),
    now: Timestamp,
) -> PodCondition {
    PodCondition {
        type_: kind.to_owned(),
        status: if holds { "True" } else { "False" }.to_owned(),
        reason: reason.map(str::to_owned),
        message,
        last_transition_time: Some(Time(now)),
        ..PodCondition::default()
    }
}

/// The conditions that the pod has now
pub(crate) fn present<'a>(scene: &Scene<'a>) -> &'a [PodCondition] {
    scene.status().and_then(|status| status.conditions.as_deref()).unwrap_or_default()
}

/// Whether the node has got as far as giving the pod its network: whether any container left its first state
pub(crate) fn has_sandbox(init: &[ContainerStatus], containers: &[ContainerStatus]) -> bool {
    let at_start = |status: &ContainerStatus| {
        !has_run(status) && matches!(waiting_reason(status), Some("ContainerCreating" | "PodInitializing"))
    };
    init.iter().chain(containers).any(|status| !at_start(status))
}

fn is_initialized(specs: &[Container], statuses: &[ContainerStatus]) -> bool {
    specs.len() == statuses.len()
        && specs.iter().zip(statuses).all(|(spec, status)| init_is_done(spec, status))
}

fn gates_are_open(scene: &Scene<'_>) -> bool {
    let gates = scene.spec().and_then(|spec| spec.readiness_gates.as_deref()).unwrap_or_default();
    gates
        .iter()
        .all(|gate| present(scene).iter().any(|one| one.type_ == gate.condition_type && one.status == "True"))
}
