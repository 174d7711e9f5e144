//! Open heals: whether each has helped, has failed, or is not wanted any more
//!
//! It closes what earlier passes announced. New heals are planned in `heal`.

use healing_model::Replacement;
use jiff::Timestamp;

use super::{
    draft::Draft,
    human,
    view::{Seen, View},
};
use crate::{
    Budget, EventType, FailedHeal, Health, Intent, ObservedPod,
    deadline::{after, wait_over},
    reason::EventReason,
};

/// What has become of an open heal
enum Verdict {
    /// Not decided yet
    Open,
    /// The replacement is settled
    Healed,
    /// The replacement failed, or did not come in time
    Failed,
    /// The pod was not removed, because it got well or could not be: nothing was done, nothing is charged
    Withdrawn,
    /// The slot or the template is gone
    Dropped,
}

/// Closes the heals that are decided
pub(crate) fn close(view: &View<'_>, draft: &mut Draft) {
    for intent in std::mem::take(&mut draft.healing.intents) {
        match verdict(view, draft, &intent) {
            Verdict::Open => draft.healing.intents.push(intent),
            Verdict::Healed => {
                draft.healing.failed_heals = None;
                draft.healing.newest_failure = None;
                let note = format!(
                    "Replaced pod {} ({}): its successor in slot {} is healthy, attempt {}",
                    intent.pod_name, intent.cause, intent.slot, intent.attempt
                );
                announce(draft, &intent, (EventType::Normal, EventReason::Healed), note);
            }
            Verdict::Failed => {
                draft.healing.failed_heals = Some(draft.healing.failed_heals.unwrap_or(0).saturating_add(1));
                draft.healing.newest_failure =
                    Some(FailedHeal { slot: intent.slot, cause: intent.cause.clone() });
                let note = failure(view, &intent);
                announce(draft, &intent, (EventType::Warning, EventReason::HealFailed), note);
            }
            Verdict::Withdrawn | Verdict::Dropped => {}
        }
    }
    forgive(view, draft);
}

fn verdict(view: &View<'_>, draft: &mut Draft, intent: &Intent) -> Verdict {
    match view.pod(&intent.pod_uid) {
        Some(old) if old.judgement.health != Health::Terminating => announced(view, draft, intent, old),
        _ => removed(view, draft, intent),
    }
}

/// The pod is still there: nothing was done yet, so nothing can have failed
fn announced(view: &View<'_>, draft: &mut Draft, intent: &Intent, old: &Seen<'_>) -> Verdict {
    // one that ended by itself has its slot filled anew without a heal
    let ended = old.judgement.health == Health::Finished;
    // a loop that is up for a moment is not worth two writes
    let due = old.is_still_due(view.now) || view.is_looping(old) || human::requests(view, old);
    if ended || !due || human::skips(view, old) {
        return Verdict::Withdrawn;
    }
    let until = wait_over(intent.time, view.policy.knobs.heal_backoff_max_secs);
    let refused = view.eviction_refused(old).is_some_and(|refused| refused.at >= intent.time);
    if refused || until <= view.now {
        draft.put_back.insert(intent.pod_uid.clone());
        return Verdict::Withdrawn;
    }
    draft.deadlines.add(until, "the end of an announcement");
    if let Some(settled_at) = view.settled_at(old) {
        draft.deadlines.add(settled_at, "an announced pod to settle");
    }
    Verdict::Open
}

/// The pod is on its way out or gone: what counts is its replacement
fn removed(view: &View<'_>, draft: &mut Draft, intent: &Intent) -> Verdict {
    let deadline = deadline(view, intent);
    let replacement =
        view.newest_of(intent.slot, |seen| seen.judgement.is_live() && seen.pod.uid != intent.pod_uid);
    let Some(replacement) = replacement else {
        let ended = view.newest_of(intent.slot, |seen| {
            seen.judgement.health == Health::Finished && is_replacement(seen.pod, intent)
        });
        if ended.is_some_and(|ended| ended.judgement.budget != Budget::Free) {
            return Verdict::Failed;
        }
        // while the old pod keeps its slot nothing can be made there
        if draft.rollout.owes() == 0 {
            return Verdict::Dropped;
        }
        return open_until(draft, deadline, view.now);
    };
    let deadline = deadline.max(start_over(view, replacement));
    if let Some(settled_at) = view.settled_at(replacement) {
        if settled_at <= view.now {
            return Verdict::Healed;
        }
        draft.deadlines.add(settled_at, "a replacement to settle");
    } else if replacement.has_failed() {
        return Verdict::Failed;
    }
    open_until(draft, deadline, view.now)
}

/// Whether this pod of the intent's slot was made because of it: it carries the attempt on
///
/// Its creation time is the API server's, whose clock may be behind ours.
fn is_replacement(pod: &ObservedPod, intent: &Intent) -> bool {
    pod.uid != intent.pod_uid && (pod.attempt == intent.attempt || pod.created >= intent.time)
}

fn open_until(draft: &mut Draft, deadline: Timestamp, now: Timestamp) -> Verdict {
    draft.deadlines.add(deadline, "the end of a heal");
    if deadline <= now { Verdict::Failed } else { Verdict::Open }
}

/// When the start of a replacement and the time to settle are over
///
/// Where a slot waits until its old pod is gone, the replacement may come long after that pod's grace period.
fn start_over(view: &View<'_>, replacement: &Seen<'_>) -> Timestamp {
    match view.policy.knobs.replacement {
        Replacement::Terminating => Timestamp::MIN,
        Replacement::Gone => after(replacement.pod.created, start_secs(view).saturating_add(1)),
    }
}

fn start_secs(view: &View<'_>) -> i64 {
    i64::from(view.policy.knobs.startup_timeout_secs) + i64::from(view.settle_secs())
}

/// When a heal has failed, whatever is missing: the old pod's grace, a start and the time to settle are over
fn deadline(view: &View<'_>, intent: &Intent) -> Timestamp {
    let old = view.pod(&intent.pod_uid).map(|seen| seen.pod);
    let grace = old.and_then(|pod| pod.deletion_grace_secs.or(pod.spec.termination_grace_period_seconds));
    let grace = grace.unwrap_or(DEFAULT_GRACE_SECS).max(0);
    after(intent.time, grace.saturating_add(start_secs(view)).saturating_add(1))
}

/// Kubernetes' own grace period, for a pod that is gone
const DEFAULT_GRACE_SECS: i64 = 30;

/// A slot that failed last and is well again has made the failures in a row end
fn forgive(view: &View<'_>, draft: &mut Draft) {
    let Some(slot) = draft.healing.newest_failure.as_ref().map(|failure| failure.slot) else { return };
    let healthy = view.newest_of(slot, |seen| seen.judgement.health == Health::Healthy);
    let Some(settled_at) = healthy.and_then(|seen| view.settled_at(seen)) else { return };
    draft.deadlines.add(settled_at, "the slot that failed last to settle");
    if settled_at <= view.now {
        draft.healing.failed_heals = None;
        draft.healing.newest_failure = None;
    }
}

fn failure(view: &View<'_>, intent: &Intent) -> String {
    let Intent { pod_name, pod_uid, slot, cause, attempt, .. } = intent;
    let why = if view.kept().any(|seen| seen.pod.uid == *pod_uid) {
        format!("it is not gone, so that slot {slot} has no successor")
    } else {
        format!("its successor in slot {slot} is not healthy")
    };
    format!("Replacing pod {pod_name} ({cause}) did not help: {why}, attempt {attempt}")
}

fn announce(draft: &mut Draft, intent: &Intent, (kind, reason): (EventType, EventReason), note: String) {
    draft.event(kind, reason, Some((intent.pod_name.clone(), intent.pod_uid.clone())), note);
}
