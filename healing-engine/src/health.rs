//! Classification: what is wrong with one pod, since when, what is to be done and when
//!
//! The groups of rows are tried in a fixed order and the first that matches wins; each group is a file. Whether a
//! heal may happen now, beside all other pods, is decided in `decide`. A pod is never to be removed for a word that
//! no row knows.

pub(crate) mod cause;
mod container;
mod readiness;
mod scheduling;
mod terminal;

use healing_model::Knobs;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use self::cause::Cause;
use crate::{
    ObservedPod, PodMemory,
    deadline::wait_over,
    pod::{ContainerStatus, Phase},
};

/// Own observations of a failure that may pass, before it counts
pub(crate) const OBSERVATIONS: u32 = 3;
/// Prefix of a cause that was found in a restartable init container
pub(crate) const SIDECAR: &str = "Sidecar";

/// State of a pod's health
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Health {
    /// Running, not known to be unready, nothing wrong with its containers
    Healthy,
    /// Coming up within `startup_timeout`, nothing wrong so far
    Starting,
    /// Live and neither of the two
    Unhealthy,
    /// Being deleted
    Terminating,
    /// Succeeded or Failed: it will not run again
    Finished,
}

/// What is to be done about a pod, most cautious first
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Action {
    /// Never deleted: a new pod would fail the same way; reported
    Hold,
    /// Left to the kubelet or to whoever else acts
    Wait,
    /// Replaced once due, on another node if possible
    Elsewhere,
    /// Replaced once due
    Replace,
    /// Its slot is free; the pod itself is kept as evidence
    Gone,
    /// Nothing to do
    Keep,
}

/// What a removal, or an end, costs its slot
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Budget {
    /// Nothing: a disruption from outside
    Free,
    /// An attempt
    Charged,
    /// An attempt; also evidence that all pods of the template fail alike
    Same,
}

/// What is found about one pod
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Judgement {
    /// State
    pub health: Health,
    /// Why it is not healthy; `None` for a healthy pod
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<Cause>,
    /// Whether the cause was found in a restartable init container
    #[serde(default)]
    pub sidecar: bool,
    /// What is to be done
    pub action: Action,
    /// What it costs
    pub budget: Budget,
    /// Since when: healthy, in this cause, or finished
    pub since: Timestamp,
    /// When the waiting time of its row is over: due then for a heal, reported then for a hold; `None`: time alone
    /// does not bring it
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_at: Option<Timestamp>,
    /// Whether waiting time and observations are complete
    pub due: bool,
    /// The word or the message that the cause was read from, where it says more than the cause
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// One pod on the table, with all that a row may ask for
#[derive(Clone, Copy)]
pub(crate) struct Patient<'a> {
    pub(crate) pod: &'a ObservedPod,
    pub(crate) memory: Option<&'a PodMemory>,
    pub(crate) knobs: &'a Knobs,
    pub(crate) now: Timestamp,
}

/// Judges one pod
///
/// `memory` is what this process remembers of it, see [`remember`](crate::remember); without it, failures that may
/// pass are not due yet.
pub fn classify(pod: &ObservedPod, memory: Option<&PodMemory>, knobs: &Knobs, now: Timestamp) -> Judgement {
    let patient = Patient { pod, memory, knobs, now };
    if let Some(judgement) = terminal::terminating(patient).or_else(|| terminal::finished(patient)) {
        return judgement;
    }
    let rest = scheduling::node_lost(patient)
        .or_else(|| scheduling::unscheduled(patient))
        .or_else(|| container::in_containers(patient))
        .unwrap_or_else(|| readiness::readiness(patient));
    let judgement = match scheduling::disrupted_until(patient) {
        Some(until) if rest.health != Health::Healthy => rest.disrupted(until),
        _ => rest,
    };
    judgement.observed(memory)
}

// === impl Judgement ===

impl Judgement {
    /// The word for the cause, as shown
    pub fn cause_name(&self) -> Option<String> {
        let cause = self.cause?.as_str();
        Some(if self.sidecar { format!("{SIDECAR}{cause}") } else { cause.to_owned() })
    }

    /// Whether the pod counts as live
    pub fn is_live(&self) -> bool {
        matches!(self.health, Health::Healthy | Health::Starting | Health::Unhealthy)
    }

    /// Whether the pod is unhealthy for a cause that a replacement may help against
    pub fn is_candidate(&self) -> bool {
        self.health == Health::Unhealthy && matches!(self.action, Action::Replace | Action::Elsewhere)
    }

    /// Whether the pod is in a cause that is never healed, and has been for long enough to say so
    pub fn is_held(&self) -> bool {
        self.health == Health::Unhealthy && self.action == Action::Hold && self.due
    }

    /// Whether the waiting time is over, observed often enough or not
    pub(crate) fn has_waited(&self, now: Timestamp) -> bool {
        self.due_at.is_some_and(|due_at| due_at <= now)
    }

    /// Somebody outside is taking the pod away: left alone until the announcement is stale
    fn disrupted(self, until: Timestamp) -> Self {
        Self {
            cause: Some(Cause::Disrupted),
            sidecar: false,
            action: Action::Wait,
            budget: Budget::Free,
            due_at: Some(until),
            due: false,
            ..self
        }
    }

    /// One bad sample is none: a failure that may pass counts once this process has seen it often enough
    fn observed(self, memory: Option<&PodMemory>) -> Self {
        if !self.is_candidate() {
            return self;
        }
        let seen = memory.is_some_and(|memory| {
            memory.observations >= OBSERVATIONS && memory.cause.as_deref() == self.cause_name().as_deref()
        });
        Self { due: self.due && seen, ..self }
    }
}

// === impl Patient ===

impl Patient<'_> {
    /// A time from the API, where one in the future counts as now
    pub(crate) fn at(&self, time: Timestamp) -> Timestamp {
        time.min(self.now)
    }

    /// A finding of a row that ends by itself, or by a remedy, `wait_secs` after `since`
    ///
    /// A pod that came from another cause starts this one's wait when this process saw it come.
    pub(crate) fn finding(&self, cause: Cause, since: Timestamp, wait_secs: u32) -> Judgement {
        let since = self.since(cause.as_str(), self.at(since));
        let due_at = wait_over(since, wait_secs);
        Judgement {
            health: Health::Unhealthy,
            cause: Some(cause),
            sidecar: false,
            action: Action::Wait,
            budget: Budget::Free,
            since,
            due_at: Some(due_at),
            due: due_at <= self.now,
            detail: None,
        }
    }

    /// The same for a row that counts as starting until then
    pub(crate) fn starting_until_due(&self, cause: Cause, since: Timestamp, wait_secs: u32) -> Judgement {
        let finding = self.finding(cause, since, wait_secs);
        let health = if finding.due { Health::Unhealthy } else { Health::Starting };
        Judgement { health, ..finding }
    }

    fn since(&self, cause: &str, since: Timestamp) -> Timestamp {
        match self.memory {
            Some(memory) if memory.is_of(cause) => since.max(self.at(memory.since)),
            _ => since,
        }
    }

    /// The startup clock: the latest time at which something that starting depends on came true
    pub(crate) fn startup_clock(&self) -> Timestamp {
        let status = &self.pod.status;
        let came_true =
            ["PodScheduled", "PodReadyToStartContainers", "Initialized"].into_iter().filter_map(|kind| {
                status.condition(kind).filter(|condition| condition.status == "True")?.last_transition_time
            });
        let ready = status.condition("Ready").and_then(|ready| ready.last_transition_time);
        let latest = came_true.chain(ready).chain(self.container_starts().max()).max();
        self.at(latest.unwrap_or(self.pod.created).max(self.pod.created))
    }

    /// Start times of all runs of all containers that the status still shows
    pub(crate) fn container_starts(&self) -> impl Iterator<Item = Timestamp> {
        let status = &self.pod.status;
        status
            .init_container_statuses
            .iter()
            .chain(&status.container_statuses)
            .flat_map(ContainerStatus::starts)
    }

    /// Whether the pod was Ready at any time; in doubt it was not
    pub(crate) fn was_ready(&self) -> bool {
        if self.memory.is_some_and(|memory| memory.seen_ready) {
            return true;
        }
        let changed = self.pod.status.condition("Ready").and_then(|ready| ready.last_transition_time);
        let started = self.pod.status.container_statuses.iter().flat_map(ContainerStatus::starts).min();
        matches!((changed, started), (Some(changed), Some(started)) if changed > started)
    }

    /// Running, and Ready is neither False nor Unknown; an absent condition passes
    pub(crate) fn is_running_and_ready(&self) -> bool {
        let ready = self.pod.status.condition("Ready");
        self.pod.status.phase == Phase::Running && ready.is_none_or(|ready| ready.status == "True")
    }
}
