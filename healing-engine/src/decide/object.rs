//! The resource as an object: its finalizer, its deletion, and a cache that is behind
//!
//! These come before everything else.

use jiff::Timestamp;

use super::{BATCH, draft::Draft, force, heal, remove, view::View};
use crate::{
    DeleteReason, EventType, Health, Plan, Step, Wait,
    deadline::after,
    reason::{EventReason, Reason},
};

/// When to look again at a cache that is behind, should its watch say nothing
const CACHE_SECS: i64 = 5;

/// A cache that does not show our own writes: nothing is done and nothing is reported from it
pub(crate) fn wait_for_cache(view: &View<'_>) -> Plan {
    let mut draft = Draft::new(view);
    heal::refuse_all(view, &mut draft, Reason::CacheStale);
    let until = after(view.now, CACHE_SECS);
    Plan {
        refusals: draft.refusals,
        next: Some(Wait { until, reason: "the cache".to_owned() }),
        ..idle(view)
    }
}

/// Our finalizer goes onto the resource before the first pod is made
pub(crate) fn protect(view: &View<'_>) -> Plan {
    Plan { steps: vec![Step::AddFinalizer], ..idle(view) }
}

/// The resource is being deleted: all its pods go, then our finalizer; pods that somebody asked to keep go to nobody
pub(crate) fn release(view: &View<'_>, draft: &mut Draft) {
    let staying = view.pods.iter().filter(|seen| seen.judgement.health != Health::Terminating);
    if !view.observation.resource.orphaning {
        for seen in staying.take(BATCH) {
            draft.steps.push(Step::Delete(remove::exactly(seen, DeleteReason::OwnerDeleted)));
        }
        force::stuck(view, draft);
    }
    heal::refuse_all(view, draft, Reason::Deleting);
    if view.pods.is_empty() && view.observation.resource.finalizer_present {
        draft.steps.push(Step::RemoveFinalizer);
        let note = "All pods of the deleted resource are gone".to_owned();
        draft.event(EventType::Normal, EventReason::CleanupComplete, None, note);
    }
    draft.healing.intents.clear();
    draft.healing.episode_since = None;
    draft.healing.recovered_at = None::<Timestamp>;
    draft.healing.breaker = None;
    (draft.healing.storm_since, draft.healing.storm_over_at) = (None, None);
}

/// Nothing to do and the status as it is
fn idle(view: &View<'_>) -> Plan {
    Plan {
        steps: Vec::new(),
        status: view.old_status().cloned().unwrap_or_default(),
        events: Vec::new(),
        refusals: Vec::new(),
        next: None,
        tally: None,
        awaits_round: false,
    }
}
