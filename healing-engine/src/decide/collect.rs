//! Finished pods: the newest are kept as evidence, older ones go
//!
//! A finished pod that still carries the attempts of its slot stays until a successor carries them on.

use std::collections::BTreeSet;

use super::{
    BATCH,
    draft::Draft,
    remove,
    view::{Seen, View},
};
use crate::{DeleteReason, Health};

/// Removes finished pods beyond `failed_pod_history`, oldest first
pub(crate) fn finished(view: &View<'_>, draft: &mut Draft) {
    // one that may still run is no evidence yet: to remove it would free its slot
    let kept: BTreeSet<&str> = view.kept().map(|seen| seen.pod.uid.as_str()).collect();
    let mut finished: Vec<&Seen<'_>> = view
        .pods
        .iter()
        .filter(|seen| seen.judgement.health == Health::Finished && !kept.contains(seen.pod.uid.as_str()))
        .collect();
    finished.sort_by_key(|seen| (seen.judgement.since, seen.pod.created, &seen.pod.uid));
    let kept = usize::try_from(view.policy.knobs.failed_pod_history).unwrap_or(usize::MAX);
    let beyond = finished.len().saturating_sub(kept);
    finished.truncate(beyond.min(BATCH));
    finished.retain(|seen| draft.rollout.owes() == 0 || is_succeeded(view, seen));
    remove::all(view, draft, &finished, DeleteReason::Finished);
}

/// Whether nothing depends on the pod any more: no slot waits for its attempts
fn is_succeeded(view: &View<'_>, seen: &Seen<'_>) -> bool {
    let newest = seen.slot.and_then(|slot| view.newest_of(slot, |_| true));
    newest.is_none_or(|newest| newest.pod.uid != seen.pod.uid)
}
