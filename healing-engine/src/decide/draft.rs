//! The plan while it is made: each stage adds to it
//!
//! It owns the values that stages hand to each other; it decides nothing.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::{
    breaker::Gate, history, remove::Blocked, rollout::Rollout, storm::Storm, view::View, warmup::Warmup,
};
use crate::{
    CreateRefused, DeleteReason, Event, EventType, HealingStatus, ObjectKey, ObservedPod, Refusal, Step,
    deadline::Deadlines,
    reason::{EventReason, Reason},
};

pub(crate) struct Draft {
    pub(crate) steps: Vec<Step>,
    pub(crate) events: Vec<Event>,
    pub(crate) refusals: Vec<Refusal>,
    pub(crate) deadlines: Deadlines,
    /// What healing will remember
    pub(crate) healing: HealingStatus,
    pub(crate) last_heal_time: Option<Timestamp>,
    /// How pods of an older template are replaced
    pub(crate) rollout: Rollout,
    /// What is not removed yet, because the process is new
    pub(crate) warmup: Warmup,
    /// What the breaker stops
    pub(crate) gate: Gate,
    /// Whether too many pods are unhealthy at once
    pub(crate) storm: Storm,
    /// UIDs of pods whose announced heal could not be carried out in time: others go first
    pub(crate) put_back: BTreeSet<String>,
    /// The pod whose eviction holds others up
    pub(crate) blocked: Option<Blocked>,
    /// Wanted objects whose names others have
    pub(crate) conflicts: Vec<ObjectKey>,
}

// === impl Draft ===

impl Draft {
    pub(crate) fn new(view: &View<'_>) -> Self {
        let old = view.old_status();
        Self {
            steps: Vec::new(),
            events: Vec::new(),
            refusals: Vec::new(),
            deadlines: Deadlines::new(view.now),
            healing: old.and_then(|status| status.healing.clone()).unwrap_or_default(),
            last_heal_time: old.and_then(|status| status.last_heal_time),
            rollout: Rollout::assess(view),
            warmup: Warmup::of(view),
            gate: Gate::default(),
            storm: Storm::default(),
            put_back: BTreeSet::new(),
            blocked: None,
            conflicts: Vec::new(),
        }
    }

    pub(crate) fn event(
        &mut self,
        kind: EventType,
        reason: EventReason,
        pod: Option<(String, String)>,
        note: String,
    ) {
        self.events.push(event(kind, reason, pod, note));
    }

    pub(crate) fn refuse(
        &mut self,
        pod: &ObservedPod,
        reason: Reason,
        cause: Option<String>,
        until: Option<Timestamp>,
    ) {
        self.refusals.push(Refusal {
            pod: pod.name.clone(),
            reason: reason.as_str().to_owned(),
            cause,
            until,
        });
    }

    /// The refusal of the newest create, while there is anything to create: a pod, or the template that it needs
    pub(crate) fn create_refused<'a>(&self, view: &View<'a>) -> Option<&'a CreateRefused> {
        view.create_refused().filter(|_| self.rollout.creates() > 0 || history::is_missing(view))
    }

    /// Whether nothing may be created before a refused create is tried again
    pub(crate) fn waits_to_create(&mut self, view: &View<'_>) -> bool {
        let refused = self.create_refused(view).filter(|refused| refused.until > view.now);
        if let Some(refused) = refused {
            self.deadlines.add(refused.until, "the next try of a refused create");
        }
        refused.is_some()
    }

    /// Whether pods are created or removed because of their number
    pub(crate) fn is_scaling(&self) -> bool {
        self.creates() > 0 || self.is_scaling_down()
    }

    pub(crate) fn creates(&self) -> usize {
        self.steps.iter().filter(|step| matches!(step, Step::Create(_))).count()
    }

    /// Whether there are too many pods, though none of them may be removed yet
    pub(crate) fn is_scaling_down(&self) -> bool {
        let leaves = |why: DeleteReason| why == DeleteReason::ScaleDown;
        // what a budget or the warm-up keeps is still more than is wanted
        self.blocked.as_ref().is_some_and(|blocked| leaves(blocked.why))
            || self.warmup.held().any(leaves)
            || self.steps.iter().any(|step| matches!(step, Step::Delete(delete) if leaves(delete.why)))
    }
}

pub(crate) fn event(
    kind: EventType,
    reason: EventReason,
    pod: Option<(String, String)>,
    note: String,
) -> Event {
    Event { kind, reason: reason.as_str().to_owned(), action: reason.action().to_owned(), note, pod }
}
