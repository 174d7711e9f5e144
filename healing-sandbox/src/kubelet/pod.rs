//! What a simulated pod does next: the heart of the kubelet, a pure function
//!
//! It reads no clock, sends nothing and remembers nothing: the moment, the pace and the memory come in with the
//! scene. Sending what it says, and looking again when it says, is `driver`'s business.

#[cfg(test)]
mod tests;

use jiff::Timestamp;
use k8s_openapi::api::core::v1::{ContainerStatus, HostIP, PodStatus};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use super::condition::{condition, conditions, has_sandbox, phase, present, set};
use super::container::{Next, advance, advance_init, created, exited, init_is_done};
use super::failure::{End, Failure, Verdict};
use super::grace;
use super::scene::{Scene, is_running};

/// What to do about a pod now, and when to look again if nothing happens to it
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Step {
    pub(crate) action: Option<Action>,
    pub(crate) again: Option<Timestamp>,
}

/// One request about a pod
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Action {
    /// Bind it to a node
    Bind,
    /// Make its status this
    Status(Box<PodStatus>),
    /// Delete the object: its containers have ended
    Remove,
}

/// What happens next to a pod under `failure`
pub(crate) fn step(scene: &Scene<'_>, failure: Option<&Failure>) -> Step {
    let verdict = failure.map_or(Verdict::Run, |failure| failure.verdict(scene));
    if scene.pod.metadata.deletion_timestamp.is_some() {
        return grace::step(scene, verdict == Verdict::Linger);
    }
    if scene.is_ended() {
        return Step::rest();
    }
    if !scene.is_bound() {
        return schedule(scene, &verdict);
    }
    if scene.container_statuses().len() != scene.containers().len()
        || scene.init_statuses().len() != scene.init_containers().len()
    {
        return Step::now(status(accepted(scene)));
    }
    if let Some(step) = initialize(scene) {
        return step;
    }
    if let Verdict::End(end) = verdict
        && scene.target().is_some_and(is_running)
    {
        let due = scene.since(scene.pace.strike);
        return if due <= scene.now { Step::now(status(ended(scene, end))) } else { Step::later(due) };
    }
    run(scene, &verdict)
}

/// The whole status that follows from the containers; `last` if none of them is going to run again
pub(crate) fn settle(
    scene: &Scene<'_>,
    init: Vec<ContainerStatus>,
    containers: Vec<ContainerStatus>,
    last: bool,
) -> PodStatus {
    let old = scene.status().cloned().unwrap_or_default();
    let phase = phase(scene, &containers, last);
    let pod_ip = has_sandbox(&init, &containers).then(|| scene.site.pod_ip.clone());
    PodStatus {
        phase: Some(phase.to_owned()),
        conditions: Some(conditions(scene, &init, &containers, phase)),
        pod_ip: old.pod_ip.clone().or(pod_ip),
        container_statuses: Some(containers),
        init_container_statuses: (!init.is_empty()).then_some(init),
        observed_generation: scene.pod.metadata.generation,
        ..old
    }
}

fn schedule(scene: &Scene<'_>, verdict: &Verdict) -> Step {
    let refused = match verdict {
        Verdict::Unschedulable { message } => message.clone(),
        _ if scene.site.placeable => return Step::now(Action::Bind),
        _ => "no nodes are available: none is ready, schedulable and selected by the pod".to_owned(),
    };
    let mut conditions = present(scene).to_vec();
    set(&mut conditions, condition("PodScheduled", false, (Some("Unschedulable"), Some(refused)), scene.now));
    if conditions == present(scene) {
        return Step::rest();
    }
    let old = scene.status().cloned().unwrap_or_default();
    Step::now(status(PodStatus { phase: Some("Pending".to_owned()), conditions: Some(conditions), ..old }))
}

/// The node has seen the pod; nothing of it exists yet
fn accepted(scene: &Scene<'_>) -> PodStatus {
    let first = if scene.init_containers().is_empty() { "ContainerCreating" } else { "PodInitializing" };
    let init = scene.init_containers().iter().map(|one| created(one, "PodInitializing")).collect();
    let containers = scene.containers().iter().map(|one| created(one, first)).collect();
    let host_ip = scene.site.host_ip.clone();
    PodStatus {
        start_time: Some(Time(scene.now)),
        host_ips: Some(vec![HostIP { ip: host_ip.clone() }]),
        host_ip: Some(host_ip),
        ..settle(scene, init, containers, false)
    }
}

/// The step of the first init container that is not done, if there is one
fn initialize(scene: &Scene<'_>) -> Option<Step> {
    let statuses = scene.init_statuses();
    let mut pairs = scene.init_containers().iter().zip(statuses).enumerate();
    let (index, (container, current)) = pairs.find(|(_, (spec, status))| !init_is_done(spec, status))?;
    Some(match advance_init(scene, container, current) {
        Next::Stay => Step::rest(),
        Next::Later(due) => Step::later(due),
        Next::Now(next) => {
            let mut init = statuses.to_vec();
            init[index] = *next;
            Step::now(status(settle(scene, init, scene.container_statuses().to_vec(), false)))
        }
    })
}

/// The step of the containers; a verdict strikes the first one
fn run(scene: &Scene<'_>, verdict: &Verdict) -> Step {
    let mut containers = scene.container_statuses().to_vec();
    let mut again: Option<Timestamp> = None;
    for (index, container) in scene.containers().iter().enumerate() {
        let Some(current) = containers.iter_mut().find(|status| status.name == container.name) else {
            continue;
        };
        let verdict = if index == 0 { verdict } else { &Verdict::Run };
        match advance(scene, container, current, verdict) {
            Next::Stay => {}
            Next::Later(due) => again = Some(again.map_or(due, |earlier| earlier.min(due))),
            Next::Now(next) => *current = *next,
        }
    }
    let next = settle(scene, scene.init_statuses().to_vec(), containers, false);
    if Some(&next) == scene.status() { Step { action: None, again } } else { Step::now(status(next)) }
}

/// The whole pod ends, without anything that its containers did
fn ended(scene: &Scene<'_>, end: End) -> PodStatus {
    let init = scene.init_statuses().iter().map(|one| stopped(one, scene.now)).collect();
    let containers = scene.container_statuses().iter().map(|one| stopped(one, scene.now)).collect();
    let done = settle(scene, init, containers, true);
    match end {
        End::Succeeded => done,
        End::Evicted => evicted(scene, done),
    }
}

/// An evicted pod shows its reason in place of its containers
fn evicted(scene: &Scene<'_>, done: PodStatus) -> PodStatus {
    let mut conditions = conditions(scene, &[], &[], "Failed");
    let message = "the node was low on resource: memory".to_owned();
    let why = (Some("TerminationByKubelet"), Some(message.clone()));
    set(&mut conditions, condition("DisruptionTarget", true, why, scene.now));
    PodStatus {
        phase: Some("Failed".to_owned()),
        reason: Some("Evicted".to_owned()),
        message: Some(message),
        conditions: Some(conditions),
        container_statuses: None,
        init_container_statuses: None,
        ..done
    }
}

fn stopped(status: &ContainerStatus, now: Timestamp) -> ContainerStatus {
    if is_running(status) { exited(status, 0, "Completed", now) } else { status.clone() }
}

fn status(status: PodStatus) -> Action {
    Action::Status(Box::new(status))
}

// === impl Step ===

impl Step {
    /// Nothing until the pod, its node or its failure changes
    pub(crate) fn rest() -> Self {
        Self { action: None, again: None }
    }

    pub(crate) fn later(due: Timestamp) -> Self {
        Self { action: None, again: Some(due) }
    }

    pub(crate) fn now(action: Action) -> Self {
        Self { action: Some(action), again: None }
    }
}
