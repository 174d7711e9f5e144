//! The breaker: heals that do not help become rare trials
//!
//! Whether it is open is a comparison of what pods and status carry, made anew each time; nothing latches but the
//! evidence that all pods fail alike, which would flicker with every restart of a container.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::{
    draft::Draft,
    human,
    view::{Seen, View},
};
use crate::{BreakerStatus, Budget, Health, backoff::trial_secs, deadline::wait_over, reason::Reason};

/// Pods that must fail alike, on [`SAME_CAUSE_NODES`] nodes, to be evidence against their template
const SAME_CAUSE_PODS: usize = 3;
const SAME_CAUSE_NODES: usize = 2;

/// What the breaker stops
#[derive(Debug, Default)]
pub(crate) struct Gate {
    /// Open for the whole resource, for this reason
    resource: Option<Reason>,
    /// Slots whose attempts are used up
    slots: BTreeSet<u32>,
    /// When one heal is tried all the same
    trial_at: Option<Timestamp>,
    /// Whether all pods of the template fail alike
    pub(crate) same_cause: bool,
}

/// Forgives everything if the spec or the template has changed, no pods are wanted, or a person asks for it
pub(crate) fn renew(view: &View<'_>, draft: &mut Draft) {
    let new_template = view.has_new_template() || draft.rollout.rolls_back_now();
    let healing = &mut draft.healing;
    if new_template {
        healing.intents.clear();
    }
    healing.reset_token = human::token(view);
    if view.has_new_spec() || new_template || view.desired == 0 || human::resets_breaker(view) {
        healing.failed_heals = None;
        healing.newest_failure = None;
        healing.breaker = None;
        let charged = view.pods.iter().any(|seen| view.attempts(seen, healing.budget_reset_time) > 0);
        if charged {
            healing.budget_reset_time = Some(view.now);
        }
    }
    // kept only while a pod carries an attempt from before
    let older =
        |reset: &Timestamp| view.pods.iter().any(|seen| seen.pod.attempt > 0 && seen.pod.created <= *reset);
    healing.budget_reset_time = healing.budget_reset_time.filter(older);
}

/// Compares, and keeps the outcome for the status and for the stages that follow
pub(crate) fn compare(view: &View<'_>, draft: &mut Draft) {
    let threshold = view.policy.knobs.failure_threshold.max(1);
    let old = draft.healing.breaker.take();
    let same_cause = fails_alike(view, &draft.rollout.target)
        || old.as_ref().is_some_and(|old| {
            old.reason == Reason::SameCause.as_str() && !has_settled(view, &draft.rollout.target)
        });
    let failed = draft.healing.failed_heals.unwrap_or(0);
    let hopeless = same_cause || failed_into_hold(view, draft) || draft.storm.is_outlasting();
    let allowed = if hopeless { 1 } else { threshold };
    let resource = (failed >= allowed && view.desired > 0).then_some(if same_cause && failed < threshold {
        Reason::SameCause
    } else {
        Reason::RetryBudgetExhausted
    });
    let healed: BTreeSet<u32> = draft.healing.intents.iter().map(|intent| intent.slot).collect();
    let reset = draft.healing.budget_reset_time;
    let spent = |seen: &&Seen<'_>| {
        // an open heal is not judged yet
        view.attempts(seen, reset) >= threshold && seen.slot.is_some_and(|slot| !healed.contains(&slot))
    };
    let exhausted: Vec<&Seen<'_>> = view.live().filter(spent).collect();
    // shown while there is something to stop, and not taken back before that is settled
    let shown = exhausted.iter().any(|seen| match seen.judgement.health {
        Health::Unhealthy => true,
        _ => old.is_some() && !view.is_settled(seen),
    });
    let reason = resource.or(shown.then_some(Reason::RetryBudgetExhausted));
    draft.healing.breaker = reason.map(|reason| {
        let opened_at = old.as_ref().map_or(view.now, |old| old.opened_at);
        let since = draft.last_heal_time.map_or(opened_at, |last| last.max(opened_at));
        BreakerStatus {
            reason: reason.as_str().to_owned(),
            cause: draft.healing.newest_failure.as_ref().map(|failure| failure.cause.clone()),
            opened_at,
            next_trial: Some(wait_over(since, trial_secs(&view.policy.knobs))),
        }
    });
    for seen in &exhausted {
        if let (true, Some(settled_at)) = (draft.healing.breaker.is_some(), view.settled_at(seen)) {
            draft.deadlines.add(settled_at, "a pod to settle");
        }
    }
    draft.gate = Gate {
        resource,
        slots: exhausted.iter().filter_map(|seen| seen.slot).collect(),
        trial_at: draft.healing.breaker.as_ref().and_then(|breaker| breaker.next_trial),
        same_cause,
    };
}

/// At least three pods of the template on two nodes are unhealthy for causes of their own, and none is well
pub(crate) fn fails_alike(view: &View<'_>, revision: &str) -> bool {
    let of_template = view.live().filter(|seen| seen.is_of(revision));
    let alike: Vec<&Seen<'_>> = of_template
        .filter(|seen| seen.judgement.health == Health::Unhealthy && seen.judgement.budget == Budget::Same)
        .collect();
    let nodes: BTreeSet<&str> = alike.iter().filter_map(|seen| seen.pod.spec.node_name.as_deref()).collect();
    alike.len() >= SAME_CAUSE_PODS && nodes.len() >= SAME_CAUSE_NODES && !has_settled(view, revision)
}

fn has_settled(view: &View<'_>, revision: &str) -> bool {
    view.live().any(|seen| seen.is_of(revision) && view.is_settled(seen))
}

/// The newest failed replacement cannot run at all, and so could none
fn failed_into_hold(view: &View<'_>, draft: &Draft) -> bool {
    let failure = draft.healing.newest_failure.as_ref();
    let pod = failure.and_then(|failure| view.newest_of(failure.slot, |seen| seen.judgement.is_live()));
    pod.is_some_and(Seen::is_in_hold_cause)
}

// === impl Gate ===

impl Gate {
    /// Why the breaker stops heals of this slot, a trial not considered
    pub(crate) fn stops(&self, slot: Option<u32>) -> Option<Reason> {
        self.resource.or_else(|| self.stops_slot(slot).then_some(Reason::RetryBudgetExhausted))
    }

    /// Whether the attempts of the slot are used up
    pub(crate) fn stops_slot(&self, slot: Option<u32>) -> bool {
        slot.is_some_and(|slot| self.slots.contains(&slot))
    }

    /// Whether the time for a trial has come
    pub(crate) fn is_trial_due(&self, now: Timestamp) -> bool {
        self.trial_at.is_some_and(|at| at <= now)
    }

    pub(crate) fn trial_at(&self) -> Option<Timestamp> {
        self.trial_at
    }
}
