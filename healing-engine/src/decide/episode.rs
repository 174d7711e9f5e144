//! Episodes: healing begins below the threshold and ends when the pods that were unhealthy then are replaced
//!
//! Without a threshold there are no episodes: every candidate is its own trigger.

use jiff::Timestamp;

use super::{
    draft::Draft,
    human,
    view::{Seen, View},
};

/// Opens, follows and closes the episode
pub(crate) fn follow(view: &View<'_>, draft: &mut Draft) {
    let Some(threshold) = view.threshold else { return end(draft) };
    let below = view.counts.healthy < threshold;
    if draft.healing.episode_since.is_none() {
        let triggered = view.candidates().any(|seen| seen.judgement.due && !is_stopped(view, draft, seen));
        if !below || !triggered {
            return;
        }
        draft.healing.episode_since = Some(view.now);
    }
    draft.healing.recovered_at = match draft.healing.recovered_at {
        _ if below => None,
        None => Some(view.now),
        earlier => earlier,
    };
    let left = members(view, draft).filter(|seen| !is_stopped(view, draft, seen));
    let settling: Vec<Option<Timestamp>> = left.map(|seen| view.settled_at(seen)).collect();
    if settling.is_empty() {
        return end(draft);
    }
    for settled_at in settling.into_iter().flatten() {
        draft.deadlines.add(settled_at, "a pod of the episode to settle");
    }
}

/// Pods that the open episode is about; a pod between two crashes stays one
pub(crate) fn members<'v>(view: &'v View<'v>, draft: &'v Draft) -> impl Iterator<Item = &'v Seen<'v>> {
    view.live().filter(|seen| view.may_need_healing(seen) && is_member(view, draft, seen))
}

/// Whether the pod may be healed as far as the threshold is concerned
pub(crate) fn is_member(view: &View<'_>, draft: &Draft, seen: &Seen<'_>) -> bool {
    if view.threshold.is_none() {
        return true;
    }
    // later failures, above the threshold, hurt nobody
    let early = draft.healing.recovered_at.is_none_or(|recovered| seen.unwell_since() <= recovered);
    draft.healing.episode_since.is_some() && early
}

fn is_stopped(view: &View<'_>, draft: &Draft, seen: &Seen<'_>) -> bool {
    let by_breaker = draft.gate.stops_slot(seen.slot) && !draft.gate.is_trial_due(view.now);
    by_breaker || human::skips(view, seen)
}

fn end(draft: &mut Draft) {
    draft.healing.episode_since = None;
    draft.healing.recovered_at = None;
}
