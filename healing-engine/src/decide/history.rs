//! Stored templates: the newest is stored before pods of it are made, and old ones go when nothing needs them
//!
//! Which template pods are made from is decided in `rollout`. Of a stored one only hash and number count here.

use std::collections::BTreeSet;

use super::{BATCH, draft::Draft, view::View};
use crate::{
    ObservedRevision, PruneRevision, Step, StoreRevision, StoredVersion,
    name::{free_incarnation, revision_name},
};

/// Plans that the newest template is stored, under a number higher than all others, unless it is so already
///
/// One that is asked for again is not stored twice: it is the newest again. Of an invalid spec it is stored only where
/// pods are made from it.
pub(crate) fn store(view: &View<'_>, draft: &mut Draft) {
    let newest = &view.observation.revision;
    let is_made =
        draft.steps.iter().any(|step| matches!(step, Step::Create(create) if create.revision == *newest));
    if view.is_invalid() && !is_made {
        return;
    }
    let highest = others(view).map(|stored| stored.number).max();
    let number = highest.map_or(1, |highest| highest.saturating_add(1));
    let stored = newest_of(view);
    if stored
        .is_some_and(|stored| highest.is_none_or(|highest| stored.number > highest || highest == i64::MAX))
    {
        return;
    }
    if draft.waits_to_create(view) {
        return;
    }
    let step = StoreRevision {
        name: stored.map_or_else(|| free_name(view), |stored| stored.name.clone()),
        revision: newest.clone(),
        number,
        stored: stored.map(version),
    };
    draft.steps.insert(0, Step::StoreRevision(step));
}

/// Removes stored templates beyond `revision_history` that nothing needs, oldest first
///
/// Needed are the newest, the one that was carried out last, and those of pods that are there.
pub(crate) fn prune(view: &View<'_>, draft: &mut Draft) {
    let mut needed: BTreeSet<&str> =
        view.pods.iter().filter_map(|seen| seen.pod.revision.as_deref()).collect();
    let current = draft.rollout.current(view);
    needed.extend(current.as_deref());
    let target = draft.rollout.target.clone();
    needed.insert(&target);
    let mut spare: Vec<_> =
        others(view).filter(|stored| !needed.contains(stored.revision.as_str())).collect();
    spare.sort_by_key(|stored| (stored.number, &stored.name));
    let kept = usize::try_from(view.policy.knobs.revision_history).unwrap_or(usize::MAX);
    let beyond = spare.len().saturating_sub(kept).min(BATCH);
    if beyond == 0 || draft.warmup.holds() {
        return;
    }
    let steps = spare.into_iter().take(beyond).map(|stored| {
        Step::PruneRevision(PruneRevision { name: stored.name.clone(), stored: version(stored) })
    });
    draft.steps.extend(steps);
}

/// Whether the newest template is not stored and should be
pub(crate) fn is_missing(view: &View<'_>) -> bool {
    !view.is_invalid() && newest_of(view).is_none()
}

fn newest_of<'a>(view: &View<'a>) -> Option<&'a ObservedRevision> {
    let stored = view.observation.revisions.iter();
    stored.filter(|stored| stored.revision == view.observation.revision).max_by_key(|stored| stored.number)
}

fn others<'a>(view: &View<'a>) -> impl Iterator<Item = &'a ObservedRevision> {
    let observation = view.observation;
    observation.revisions.iter().filter(|stored| stored.revision != observation.revision)
}

/// A name that nobody is known to have
fn free_name(view: &View<'_>) -> String {
    let (resource, taken) = (&view.observation.resource, &view.observation.surroundings.taken_names);
    let name = |number| revision_name(&resource.name, &resource.uid, &view.observation.revision, number);
    name(free_incarnation(taken, name))
}

fn version(stored: &ObservedRevision) -> StoredVersion {
    StoredVersion { uid: stored.uid.clone(), resource_version: stored.resource_version.clone() }
}
