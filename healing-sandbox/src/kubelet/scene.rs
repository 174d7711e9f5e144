//! What the state machine sees of one pod, and what the simulator remembers between two looks
//!
//! Values only: a scene decides nothing, and its memory is either carried over from the last write or, after a
//! restart of the simulator, estimated from the pod's status.

use std::time::Duration;

use jiff::Timestamp;
use k8s_openapi::api::core::v1::{Container, ContainerStatus, Pod, PodSpec, PodStatus};

use super::pace::Pace;
use crate::clock::later;

/// One pod at one moment
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scene<'a> {
    pub(crate) pod: &'a Pod,
    pub(crate) memory: &'a Memory,
    pub(crate) site: &'a Site,
    pub(crate) now: Timestamp,
    pub(crate) pace: &'a Pace,
}

/// Where a pod lives, or would
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Site {
    /// Address of its node
    pub(crate) host_ip: String,
    /// Address that it gets if it has none
    pub(crate) pod_ip: String,
    /// For an unbound pod: whether some node would take it
    pub(crate) placeable: bool,
}

/// What status times, being whole seconds, cannot tell
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Memory {
    /// When the containers last changed
    pub(crate) since: Timestamp,
    /// Whether the pod was Ready once
    pub(crate) was_ready: bool,
    /// Exits in a row, without a long run between them
    pub(crate) exits: u32,
    /// When the deletion was first seen
    pub(crate) deleting: Option<Timestamp>,
}

// === impl Memory ===

impl Memory {
    /// The best guess for a pod that another kubelet, or this one before its restart, has brought where it is
    pub(crate) fn pick_up(pod: &Pod, now: Timestamp) -> Self {
        let containers = statuses(pod.status.as_ref());
        let times = containers.iter().flat_map(last_times).filter(|time| *time <= now);
        let exits = containers
            .iter()
            .map(|one| u32::try_from(one.restart_count).unwrap_or(0) + u32::from(is_down(one)));
        Self {
            since: times.max().unwrap_or(now),
            was_ready: is_ready(pod.status.as_ref()),
            exits: exits.max().unwrap_or(0),
            deleting: None,
        }
    }

    /// The memory after the status went from `before` to `after` at `now`
    ///
    /// What others write, such as conditions, starts no wait anew.
    pub(crate) fn after(
        &self,
        before: Option<&PodStatus>,
        after: Option<&PodStatus>,
        now: Timestamp,
        pace: &Pace,
    ) -> Self {
        let mut exits = self.exits;
        for (old, new) in statuses(before).iter().zip(statuses(after)) {
            if let (Some(started), None) = (running_since(old), running_since(new)) {
                let run = Duration::try_from(now.duration_since(started)).unwrap_or_default();
                exits = if run >= pace.forgiving_run() { 1 } else { exits.saturating_add(1) };
            }
        }
        let moved = statuses(before) != statuses(after) || init_statuses(before) != init_statuses(after);
        Self {
            since: if moved { now } else { self.since },
            was_ready: self.was_ready || is_ready(after),
            exits,
            deleting: self.deleting,
        }
    }
}

// === impl Scene ===

impl<'a> Scene<'a> {
    pub(crate) fn spec(&self) -> Option<&'a PodSpec> {
        self.pod.spec.as_ref()
    }

    pub(crate) fn status(&self) -> Option<&'a PodStatus> {
        self.pod.status.as_ref()
    }

    /// Containers of the spec, without init containers
    pub(crate) fn containers(&self) -> &'a [Container] {
        self.spec().map_or(&[], |spec| &spec.containers)
    }

    pub(crate) fn init_containers(&self) -> &'a [Container] {
        self.spec().and_then(|spec| spec.init_containers.as_deref()).unwrap_or_default()
    }

    pub(crate) fn container_statuses(&self) -> &'a [ContainerStatus] {
        statuses(self.status())
    }

    pub(crate) fn init_statuses(&self) -> &'a [ContainerStatus] {
        init_statuses(self.status())
    }

    /// The container that failures strike: the first one of the spec
    pub(crate) fn target(&self) -> Option<&'a ContainerStatus> {
        let name = &self.containers().first()?.name;
        self.container_statuses().iter().find(|status| status.name == *name)
    }

    pub(crate) fn is_bound(&self) -> bool {
        self.spec().and_then(|spec| spec.node_name.as_deref()).is_some_and(|name| !name.is_empty())
    }

    pub(crate) fn is_ended(&self) -> bool {
        matches!(self.status().and_then(|status| status.phase.as_deref()), Some("Succeeded" | "Failed"))
    }

    /// What the pod's owner asked to happen when a container ends
    pub(crate) fn restart_policy(&self) -> &'a str {
        self.spec().and_then(|spec| spec.restart_policy.as_deref()).unwrap_or("Always")
    }

    /// The moment `wait` after the last write
    pub(crate) fn since(&self, wait: Duration) -> Timestamp {
        later(self.memory.since, wait)
    }
}

// === reading a status ===

/// Whether the container ended and has not been started again
pub(crate) fn is_down(status: &ContainerStatus) -> bool {
    running_since(status).is_none() && has_run(status)
}

/// Whether the container has ever run, so that its next start is a restart
pub(crate) fn has_run(status: &ContainerStatus) -> bool {
    let ended = |state: &Option<k8s_openapi::api::core::v1::ContainerState>| {
        state.as_ref().is_some_and(|state| state.terminated.is_some())
    };
    ended(&status.state) || ended(&status.last_state) || is_running(status)
}

pub(crate) fn is_running(status: &ContainerStatus) -> bool {
    status.state.as_ref().is_some_and(|state| state.running.is_some())
}

/// Reason of a waiting container
pub(crate) fn waiting_reason(status: &ContainerStatus) -> Option<&str> {
    status.state.as_ref()?.waiting.as_ref()?.reason.as_deref()
}

/// Exit code of a container that is down
pub(crate) fn exit_code(status: &ContainerStatus) -> Option<i32> {
    status.state.as_ref()?.terminated.as_ref().map(|ended| ended.exit_code)
}

/// Start of the present run
pub(crate) fn running_since(status: &ContainerStatus) -> Option<Timestamp> {
    let running = status.state.as_ref()?.running.as_ref()?;
    Some(running.started_at.as_ref().map_or(Timestamp::UNIX_EPOCH, |time| time.0))
}

pub(crate) fn statuses(status: Option<&PodStatus>) -> &[ContainerStatus] {
    status.and_then(|status| status.container_statuses.as_deref()).unwrap_or_default()
}

pub(crate) fn init_statuses(status: Option<&PodStatus>) -> &[ContainerStatus] {
    status.and_then(|status| status.init_container_statuses.as_deref()).unwrap_or_default()
}

fn is_ready(status: Option<&PodStatus>) -> bool {
    let conditions = status.and_then(|status| status.conditions.as_deref()).unwrap_or_default();
    conditions.iter().any(|condition| condition.type_ == "Ready" && condition.status == "True")
}

/// Every time in a container's status
fn last_times(status: &ContainerStatus) -> Vec<Timestamp> {
    let mut times = Vec::new();
    for state in [&status.state, &status.last_state].into_iter().flatten() {
        times.extend(
            state.running.as_ref().and_then(|running| running.started_at.as_ref()).map(|time| time.0),
        );
        times.extend(
            state.terminated.as_ref().and_then(|ended| ended.finished_at.as_ref()).map(|time| time.0),
        );
    }
    times
}
