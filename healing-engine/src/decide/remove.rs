//! Removals that are no heals: exactly the pod that was decided on, by DELETE or by eviction
//!
//! Which pods leave, and in which order, is decided by `scale`, `rollout`, `collect` and `object`.

use healing_model::Removal;
use jiff::Timestamp;

use super::{
    draft::Draft,
    view::{Seen, View},
};
use crate::{Delete, DeleteReason, EvictionRefused, Step};

/// A pod that was to leave and may not be evicted yet
#[derive(Clone, Debug)]
pub(crate) struct Blocked {
    pub(crate) why: DeleteReason,
    pub(crate) pod: String,
    /// The API server's message
    pub(crate) message: String,
}

/// Removes these pods, in this order
///
/// None while the process warms up. While one of them may not be evicted, no other is: the budget is most likely the
/// same, and none leaves out of turn.
pub(crate) fn all(view: &View<'_>, draft: &mut Draft, leaving: &[&Seen<'_>], why: DeleteReason) {
    if draft.warmup.is_closed() {
        for seen in leaving {
            let (reason, until) = draft.warmup.hold(why);
            draft.refuse(seen.pod, reason, seen.judgement.cause_name(), until);
        }
        return;
    }
    let refused = leaving.iter().filter(|seen| how(view, seen, why) == Removal::Evict);
    let mut refused = refused.filter_map(|seen| Some((*seen, view.eviction_refused(seen)?))).peekable();
    if let Some((seen, EvictionRefused { message, .. })) = refused.peek() {
        draft.blocked = Some(Blocked { why, pod: seen.pod.name.clone(), message: message.clone() });
    }
    let held: Option<Timestamp> =
        refused.map(|(_, refused)| refused.until).filter(|until| *until > view.now).min();
    if let Some(until) = held {
        draft.deadlines.add(until, "the next try of a refused eviction");
    }
    for seen in leaving {
        let how = how(view, seen, why);
        if how == Removal::Delete || held.is_none() {
            draft.steps.push(Step::Delete(Delete { how, ..exactly(seen, why) }));
        }
    }
}

/// The removal of exactly the pod that was decided on, by DELETE
pub(crate) fn exactly(seen: &Seen<'_>, why: DeleteReason) -> Delete {
    Delete {
        name: seen.pod.name.clone(),
        uid: seen.pod.uid.clone(),
        resource_version: seen.pod.resource_version.clone(),
        why,
        how: Removal::Delete,
    }
}

/// Only a pod that serves is worth the question
fn how(view: &View<'_>, seen: &Seen<'_>, why: DeleteReason) -> Removal {
    let asked = matches!(why, DeleteReason::ScaleDown | DeleteReason::Rollout) && seen.is_ready();
    if asked { view.policy.knobs.ready_removal } else { Removal::Delete }
}
