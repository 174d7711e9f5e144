//! Events of transitions: the old status against the new one
//!
//! Nothing is announced that the old status knew already, so each is sent once. Events about single heals are made
//! where these are planned and closed.

use super::{draft::Draft, human, rollout::Phase, view::View};
use crate::{
    BreakerStatus, Cause, Condition, EventType, Health, Status,
    reason::{EventReason, Reason},
};

/// Adds an event for whatever the new status says and the old one did not
pub(crate) fn transitions(view: &View<'_>, draft: &mut Draft, new: &Status) {
    paused(view, draft, new);
    human::announce(view, draft, new);
    scaled(view, draft, new);
    rollout(view, draft, new);
    breaker(view, draft, new);
    storm(view, draft, new);
    degraded(view, draft, new);
}

/// A human's wish was seen
fn paused(view: &View<'_>, draft: &mut Draft, new: &Status) {
    let of = |status: &Status| {
        let allowed = Condition::find(&status.conditions, "RemediationAllowed");
        allowed.is_some_and(|allowed| allowed.reason == Reason::Paused.as_str())
    };
    let note = match (view.old_status().is_some_and(of), of(new)) {
        (false, true) => (EventReason::Paused, "No pod is created or removed while the resource is paused"),
        (true, false) => (EventReason::Resumed, "Pods are created and removed again"),
        _ => return,
    };
    draft.event(EventType::Normal, note.0, None, note.1.to_owned());
}

/// The first pass of a batch
fn scaled(view: &View<'_>, draft: &mut Draft, new: &Status) {
    let condition = |status: &Status| Condition::find(&status.conditions, "Progressing").cloned();
    let Some(progressing) = condition(new).filter(Condition::is_true) else { return };
    let known = view
        .old_status()
        .and_then(condition)
        .is_some_and(|old| old.is_true() && old.observed_generation == progressing.observed_generation);
    if known {
        return;
    }
    let (from, to) = (view.counts.live, view.desired);
    if draft.is_scaling_down() {
        draft.event(
            EventType::Normal,
            EventReason::ScaledDown,
            None,
            format!("Scaled down from {from} to {to} pods"),
        );
    } else if draft.creates() > 0 && draft.rollout.phase != Phase::RollingOut {
        draft.event(
            EventType::Normal,
            EventReason::ScaledUp,
            None,
            format!("Scaled up from {from} to {to} pods"),
        );
    }
}

/// What the newest spec has come to
fn rollout(view: &View<'_>, draft: &mut Draft, new: &Status) {
    let progressing = |status: &Status| Condition::find(&status.conditions, "Progressing").cloned();
    let (Some(old), Some(now)) = (view.old_status(), progressing(new)) else { return };
    let before = progressing(old).map(|condition| condition.reason).unwrap_or_default();
    let was = |reason: Reason| before == reason.as_str();
    let same_template = old.update_revision == new.update_revision;
    // a budget kept a pod: which of the two was going on, the templates tell
    let rolled = was(Reason::RollingOut)
        || (was(Reason::EvictionBlocked) && old.current_revision != old.update_revision);
    let stalled = was(Reason::ProgressDeadlineExceeded);
    let (target, newest) = (draft.rollout.target.clone(), &view.observation.revision);
    match &draft.rollout.phase {
        Phase::RollingOut if !(same_template && (rolled || stalled)) => {
            let note = format!("Replacing the pods of older templates by those of {target}");
            draft.event(EventType::Normal, EventReason::RolloutStarted, None, note);
        }
        Phase::Complete if rolled || (stalled && old.current_revision != old.update_revision) => {
            let note = format!("All pods are of template {target}");
            draft.event(EventType::Normal, EventReason::RolloutComplete, None, note);
        }
        Phase::Exceeded if !stalled || !same_template => {
            draft.event(EventType::Warning, EventReason::ProgressDeadlineExceeded, None, now.message);
        }
        Phase::RolledBack(failed) if draft.rollout.rolls_back_now() => {
            if failed.reason == Reason::ProgressDeadlineExceeded.as_str() && !stalled {
                let note = format!("No further pod of template {newest} has become available in time");
                draft.event(EventType::Warning, EventReason::ProgressDeadlineExceeded, None, note);
            }
            draft.event(EventType::Normal, EventReason::RolledBack, None, now.message);
        }
        _ => {}
    }
}

fn breaker(view: &View<'_>, draft: &mut Draft, new: &Status) {
    let of = |status: &Status| status.healing.as_ref().and_then(|healing| healing.breaker.clone());
    match (view.old_status().and_then(of), of(new)) {
        (None, Some(BreakerStatus { reason, cause, .. })) => {
            let cause = cause.map(|cause| format!(", {cause}")).unwrap_or_default();
            let note = format!(
                "Healing does not help ({reason}{cause}): heals are rare trials now; fix the pods, change the spec, or give \
                 the annotation healing.dev/reset-breaker a new value"
            );
            draft.event(EventType::Warning, EventReason::BreakerOpened, None, note);
        }
        (Some(_), None) => {
            let how = closed_by(view);
            let note = format!("Unhealthy pods are replaced as usual again: {how}");
            draft.event(EventType::Normal, EventReason::BreakerClosed, None, note);
        }
        _ => {}
    }
}

/// Heals wait for a storm, or do so no more
fn storm(view: &View<'_>, draft: &mut Draft, new: &Status) {
    let stands = |status: &Status| {
        let healing = status.healing.as_ref();
        healing.is_some_and(|healing| healing.storm_since.is_some() && healing.storm_over_at.is_none())
    };
    match (view.old_status().is_some_and(stands), stands(new)) {
        (false, true) => {
            let allowed = Condition::find(&new.conditions, "RemediationAllowed");
            let note = allowed.map(|allowed| allowed.message.clone()).unwrap_or_default();
            draft.event(EventType::Warning, EventReason::RemediationRestricted, None, note);
        }
        (true, false) => {
            let note = "No more pods are unhealthy at once than allowed: heals go on as usual".to_owned();
            draft.event(EventType::Normal, EventReason::RemediationResumed, None, note);
        }
        _ => {}
    }
}

fn closed_by(view: &View<'_>) -> &'static str {
    let new_spec = view.has_new_spec() || view.has_new_template();
    match () {
        () if view.observation.resource.deletion.is_some() => "the resource is being deleted",
        () if view.desired == 0 => "no pods are wanted",
        () if new_spec => "the spec has changed",
        () if human::resets_breaker(view) => "a person asked for it",
        () if view.counts.unhealthy > 0 => "they fail in another way than before",
        () => "the pods are healthy",
    }
}

/// What is held, stuck, refused or invalid, when the condition begins to say so
fn degraded(view: &View<'_>, draft: &mut Draft, new: &Status) {
    let Some(condition) = Condition::find(&new.conditions, "Degraded").filter(|degraded| degraded.is_true())
    else {
        return;
    };
    let known = view.old_status().is_some_and(|old| {
        let same_template = old.update_revision == new.update_revision;
        let old = Condition::find(&old.conditions, "Degraded").filter(|old| old.is_true());
        same_template && old.is_some_and(|old| old.reason == condition.reason)
    });
    if known {
        return;
    }
    let word = condition.reason.as_str();
    let reason = match word {
        _ if word == Reason::InvalidSpec.as_str() => EventReason::InvalidSpec,
        _ if word == Reason::CreateRefused.as_str() => EventReason::FailedCreate,
        _ if word == Reason::InvalidObject.as_str() => EventReason::InvalidObject,
        _ if word == Reason::ObjectConflict.as_str() => EventReason::NameConflict,
        _ if word == Reason::ApplyFailed.as_str() => EventReason::FailedApply,
        _ if word == Cause::StuckTerminating.as_str() => EventReason::StuckTerminating,
        // have events of their own
        _ if word == Reason::ProgressDeadlineExceeded.as_str() || word == Reason::RolledBack.as_str() => {
            return;
        }
        _ if new.healing.as_ref().is_some_and(|healing| healing.breaker.is_some()) => return,
        _ => EventReason::PodHeld,
    };
    let concerned = view.pods.iter().find(|seen| {
        let reported = seen.judgement.is_held() || seen.judgement.health == Health::Terminating;
        reported && seen.judgement.cause.is_some_and(|cause| cause.as_str() == word)
    });
    let pod = concerned.map(|seen| (seen.pod.name.clone(), seen.pod.uid.clone()));
    draft.event(EventType::Warning, reason, pod, condition.message.clone());
}
