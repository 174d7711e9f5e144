//! What a decision looks at: the owned pods of one snapshot, judged, counted and put into their slots
//!
//! Derived from policy, observation and time alone; nothing in it changes while a plan is made.

use std::collections::BTreeSet;

use healing_model::{Policy, Removal, Replacement};
use jiff::Timestamp;

use crate::{
    Action, Cause, CreateRefused, EvictionRefused, Health, Judgement, NodeState, Observation, ObservedPod,
    Status, classify,
    deadline::{secs_between, wait_over, whole_seconds},
    slot,
};

/// Healthy without a break for this long, at least, is settled
const SETTLE_SECS: u32 = 30;

pub(crate) struct View<'a> {
    pub(crate) policy: &'a Policy,
    pub(crate) observation: &'a Observation,
    /// Now, in whole seconds as the API keeps them
    pub(crate) now: Timestamp,
    /// Owned pods, in the order of their names
    pub(crate) pods: Vec<Seen<'a>>,
    pub(crate) desired: usize,
    /// Healing is triggered below this; never above what is desired, so that validation that was got round
    /// cannot make it heal for ever
    pub(crate) threshold: Option<usize>,
    pub(crate) counts: Counts,
}

/// One owned pod
pub(crate) struct Seen<'a> {
    pub(crate) pod: &'a ObservedPod,
    pub(crate) judgement: Judgement,
    /// `None` only for a pod that is not live and names no slot
    pub(crate) slot: Option<u32>,
    /// Since when its containers end again and again, the short runs in between included
    failing_since: Option<Timestamp>,
}

/// How many pods are what
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counts {
    pub(crate) live: usize,
    pub(crate) healthy: usize,
    pub(crate) ready: usize,
    pub(crate) available: usize,
    pub(crate) starting: usize,
    pub(crate) unhealthy: usize,
    pub(crate) terminating: usize,
    pub(crate) updated: usize,
}

// === impl View ===

impl<'a> View<'a> {
    pub(crate) fn new(policy: &'a Policy, observation: &'a Observation, now: Timestamp) -> Self {
        let now = whole_seconds(now);
        let desired = usize::try_from(policy.replicas).unwrap_or(usize::MAX);
        let threshold = policy.health_threshold.map(|threshold| threshold.min(policy.replicas));
        let mut view = Self {
            policy,
            observation,
            now,
            pods: see(policy, observation, now),
            desired,
            threshold: threshold.map(|threshold| usize::try_from(threshold).unwrap_or(usize::MAX)),
            counts: Counts::default(),
        };
        view.counts = view.count();
        view
    }

    pub(crate) fn old_status(&self) -> Option<&'a Status> {
        self.observation.resource.status.as_ref()
    }

    pub(crate) fn live(&self) -> impl Iterator<Item = &Seen<'a>> {
        self.pods.iter().filter(|seen| seen.judgement.is_live())
    }

    /// Whether the last status was about another template
    pub(crate) fn has_new_template(&self) -> bool {
        let before = self.old_status().and_then(|status| status.update_revision.as_ref());
        before.is_some_and(|revision| *revision != self.observation.revision)
    }

    /// Whether the last status was about another spec, the number of replicas apart; it says so only while something
    /// depends on it
    pub(crate) fn has_new_spec(&self) -> bool {
        let before = self.old_status().and_then(|status| status.healing.as_ref()?.spec_hash.as_ref());
        before.is_some_and(|hash| *hash != self.observation.resource.spec_hash)
    }

    /// Unhealthy pods that a replacement may help
    pub(crate) fn candidates(&self) -> impl Iterator<Item = &Seen<'a>> {
        self.live().filter(|seen| seen.judgement.is_candidate())
    }

    /// Pods that are not live and keep their slots all the same, because they may still run
    ///
    /// None unless a slot gets its next pod only when the old one is gone. The containers of a finished pod are over,
    /// but for one of a node that nobody knows anything of.
    pub(crate) fn kept(&self) -> impl Iterator<Item = &Seen<'a>> {
        let gone = self.policy.knobs.replacement == Replacement::Gone;
        self.pods.iter().filter(move |seen| gone && self.is_kept(seen))
    }

    fn is_kept(&self, seen: &Seen<'_>) -> bool {
        match seen.judgement.health {
            Health::Terminating => true,
            Health::Finished => {
                let newest = seen.slot.and_then(|slot| self.newest_of(slot, |_| true));
                let is_newest = newest.is_some_and(|newest| newest.pod.uid == seen.pod.uid);
                is_newest && seen.pod.node == Some(NodeState::NotReady)
            }
            Health::Healthy | Health::Starting | Health::Unhealthy => false,
        }
    }

    /// Slots that get no pod now
    pub(crate) fn taken_slots(&self) -> BTreeSet<u32> {
        self.live().chain(self.kept()).filter_map(|seen| seen.slot).collect()
    }

    pub(crate) fn pod(&self, uid: &str) -> Option<&Seen<'a>> {
        self.pods.iter().find(|seen| seen.pod.uid == uid)
    }

    /// The newest of the owned pods of `slot` that `wanted` accepts
    pub(crate) fn newest_of(&self, slot: u32, wanted: impl Fn(&Seen<'a>) -> bool) -> Option<&Seen<'a>> {
        let of_slot = self.pods.iter().filter(|seen| seen.slot == Some(slot) && wanted(seen));
        of_slot.max_by_key(|seen| (seen.pod.created, &seen.pod.uid))
    }

    /// The refusal of the newest create: a new generation clears it
    pub(crate) fn create_refused(&self) -> Option<&'a CreateRefused> {
        let refused = self.observation.surroundings.create_refused.as_ref()?;
        (refused.generation == self.observation.resource.generation).then_some(refused)
    }

    /// The newest eviction of the pod, if it was refused
    pub(crate) fn eviction_refused(&self, seen: &Seen<'_>) -> Option<&'a EvictionRefused> {
        self.observation.surroundings.evictions_refused.get(&seen.pod.uid)
    }

    /// Refused evictions of live pods that are to leave by evictions alone
    pub(crate) fn evictions_refused(&self) -> impl Iterator<Item = &'a EvictionRefused> {
        let evicts = self.policy.knobs.ready_removal == Removal::Evict;
        self.live().filter(move |_| evicts).filter_map(|seen| self.eviction_refused(seen))
    }

    /// Whether the pod has been healthy for `min_ready_seconds`
    pub(crate) fn is_available(&self, seen: &Seen<'_>) -> bool {
        self.available_at(seen).is_some_and(|at| at <= self.now)
    }

    /// Whether the spec breaks a rule that stops us; a threshold above the replicas alone does not, it is clamped
    pub(crate) fn is_invalid(&self) -> bool {
        match self.observation.invalid.as_slice() {
            [] => false,
            [only] => {
                let above =
                    self.policy.health_threshold.filter(|threshold| *threshold > self.policy.replicas);
                above.is_none() || only.value.as_u64() != above.map(u64::from)
            }
            _ => true,
        }
    }

    /// Whether as many pods are healthy as Ready asks for
    pub(crate) fn is_served(&self) -> bool {
        match self.threshold {
            Some(threshold) => self.counts.healthy >= threshold,
            None => self.counts.available >= self.desired,
        }
    }

    /// When the pod has been healthy for `min_ready_seconds`
    pub(crate) fn available_at(&self, seen: &Seen<'_>) -> Option<Timestamp> {
        let healthy = seen.judgement.health == Health::Healthy;
        let wait = self.policy.knobs.min_ready_secs;
        let at = if wait == 0 { seen.judgement.since } else { wait_over(seen.judgement.since, wait) };
        healthy.then_some(at)
    }

    /// How long a pod must be healthy until it counts as settled
    pub(crate) fn settle_secs(&self) -> u32 {
        self.policy.knobs.min_ready_secs.max(SETTLE_SECS)
    }

    /// When the pod is settled, if it stays healthy
    pub(crate) fn settled_at(&self, seen: &Seen<'_>) -> Option<Timestamp> {
        let healthy = seen.judgement.health == Health::Healthy;
        healthy.then(|| wait_over(seen.judgement.since, self.settle_secs()))
    }

    pub(crate) fn is_settled(&self, seen: &Seen<'_>) -> bool {
        self.settled_at(seen).is_some_and(|at| at <= self.now)
    }

    /// Whether the pod ends again and again, or rests between two crashes: just ended, or up but not settled yet
    pub(crate) fn is_looping(&self, seen: &Seen<'_>) -> bool {
        let judgement = &seen.judgement;
        let looping = seen.failing_since.is_some() && judgement.is_live() && judgement.action != Action::Hold;
        looping && !self.is_settled(seen)
    }

    /// Whether a replacement may help the pod, now or when it crashes the next time
    pub(crate) fn may_need_healing(&self, seen: &Seen<'_>) -> bool {
        seen.judgement.is_candidate() || self.is_looping(seen)
    }

    /// When the pod's attempts are forgotten, if it stays healthy
    pub(crate) fn forgotten_at(&self, seen: &Seen<'_>) -> Option<Timestamp> {
        let healthy = seen.judgement.health == Health::Healthy;
        healthy.then(|| wait_over(seen.judgement.since, self.policy.knobs.min_healthy_period_secs))
    }

    /// Charged attempts that a pod stands for: none if it, or its slot's breaker, has been forgiven
    pub(crate) fn attempts(&self, seen: &Seen<'_>, budget_reset: Option<Timestamp>) -> u32 {
        let reset = budget_reset.is_some_and(|reset| seen.pod.created <= reset);
        let forgotten = self.forgotten_at(seen).is_some_and(|at| at <= self.now);
        let period = i64::from(self.policy.knobs.min_healthy_period_secs);
        let ran_long = seen.longest_failed_run_secs().is_some_and(|secs| secs >= period);
        if reset || forgotten || ran_long { 0 } else { seen.pod.attempt }
    }

    fn count(&self) -> Counts {
        let mut counts = Counts::default();
        for seen in &self.pods {
            match seen.judgement.health {
                Health::Healthy => counts.healthy += 1,
                Health::Starting => counts.starting += 1,
                Health::Unhealthy => counts.unhealthy += 1,
                Health::Terminating => counts.terminating += 1,
                Health::Finished => {}
            }
            if !seen.judgement.is_live() {
                continue;
            }
            counts.live += 1;
            counts.ready += usize::from(seen.is_ready());
            counts.available += usize::from(self.is_available(seen));
            counts.updated += usize::from(seen.is_of(&self.observation.revision));
        }
        counts
    }
}

/// Judges the pods whose controller is this resource; labels, names and whoever listed them are no evidence
fn see<'a>(policy: &'a Policy, observation: &'a Observation, now: Timestamp) -> Vec<Seen<'a>> {
    let uid = observation.resource.uid.as_str();
    let owned = observation.pods.iter().filter(|pod| pod.controller_uid.as_deref() == Some(uid));
    let mut pods: Vec<Seen<'a>> = owned
        .map(|pod| {
            let memory = observation.memory.get(&pod.uid);
            let judgement = classify(pod, memory, &policy.knobs, now);
            Seen {
                pod,
                judgement,
                slot: pod.slot,
                failing_since: memory.and_then(|memory| memory.failing_since),
            }
        })
        .collect();
    pods.sort_by(|a, b| (&a.pod.name, &a.pod.uid).cmp(&(&b.pod.name, &b.pod.uid)));
    let live: Vec<&ObservedPod> =
        pods.iter().filter(|seen| seen.judgement.is_live()).map(|seen| seen.pod).collect();
    let mut slots = slot::assign(&live).into_iter();
    for seen in &mut pods {
        if seen.judgement.is_live() {
            seen.slot = slots.next();
        }
    }
    pods
}

// === impl Seen ===

impl Seen<'_> {
    /// Whether it was made from this template
    pub(crate) fn is_of(&self, revision: &str) -> bool {
        self.pod.revision.as_deref() == Some(revision)
    }

    pub(crate) fn is_ready(&self) -> bool {
        self.pod.status.condition("Ready").is_some_and(|ready| ready.status == "True")
    }

    /// Since when it has not been well: a crash loop does not begin anew with each of its runs
    pub(crate) fn unwell_since(&self) -> Timestamp {
        self.failing_since.map_or(self.judgement.since, |failing| failing.min(self.judgement.since))
    }

    /// What the user's own check has against the pod
    pub(crate) fn verdict_reason(&self) -> Option<&str> {
        self.judgement.detail.as_deref().filter(|_| self.judgement.cause == Some(Cause::Custom))
    }

    pub(crate) fn cause_name(&self) -> String {
        self.judgement.cause_name().unwrap_or_default()
    }

    /// Whether the pod still stands for a failure that was announced: due but for observations
    pub(crate) fn is_still_due(&self, now: Timestamp) -> bool {
        self.judgement.is_candidate() && self.judgement.has_waited(now)
    }

    /// Whether it failed as a replacement: due for the next heal, or held
    pub(crate) fn has_failed(&self) -> bool {
        let held = self.judgement.is_held();
        held || (self.judgement.is_candidate() && self.judgement.due)
    }

    /// Whether it is held for a cause that a new pod would have as well
    pub(crate) fn is_in_hold_cause(&self) -> bool {
        self.judgement.health == Health::Unhealthy && self.judgement.action == Action::Hold
    }

    /// The longest run that ended in failure: container start to end, or to the loss of readiness
    fn longest_failed_run_secs(&self) -> Option<i64> {
        let lost = self.pod.status.condition("Ready").filter(|ready| ready.status != "True");
        let lost = lost.and_then(|ready| ready.last_transition_time);
        let to_unready = self.pod.status.container_statuses.iter().filter_map(|status| {
            let started = status.running_since()?;
            lost.map(|lost| secs_between(started, lost))
        });
        let to_end =
            self.pod.status.container_statuses.iter().filter_map(crate::pod::ContainerStatus::last_run_secs);
        to_unready.chain(to_end).max()
    }
}
