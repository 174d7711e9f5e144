//! Objects beside pods: what is applied before pods are made, and what goes because nobody wants it any more
//!
//! An object is ours by its controller alone. One that is not is left as it is, whatever its name.

use super::{draft::Draft, view::View};
use crate::{
    Apply, EventType, Prune, Step,
    deadline::after,
    object::{OBJECTS_MAX, ObjectKey, SeenObject, WantedObject},
    reason::EventReason,
};

/// When to look again whether a name is free by now: the objects of others are not watched
const CONFLICT_SECS: i64 = 60;

/// Plans an apply for each object that is not as wanted, and the removal of those that are not wanted
///
/// What cannot be applied as it is declared may be an object that is there: while something is, nothing is removed.
pub(crate) fn keep(view: &View<'_>, draft: &mut Draft) {
    let objects = &view.observation.objects;
    for wanted in objects.wanted.iter().take(OBJECTS_MAX) {
        match objects.seen.iter().find(|seen| seen.key == wanted.key) {
            Some(seen) if !is_ours(view, seen) => draft.conflicts.push(wanted.key.clone()),
            Some(seen) if seen.terminating || seen.as_wanted => {}
            Some(seen) => apply(view, draft, wanted, Some(seen.uid.clone())),
            None => apply(view, draft, wanted, None),
        }
    }
    if !draft.conflicts.is_empty() {
        draft.deadlines.add(after(view.now, CONFLICT_SECS), "the name of an object to become free");
    }
    if objects.unfit.is_empty() {
        let unwanted = objects.seen.iter().filter(|seen| is_ours(view, seen) && !seen.terminating);
        let unwanted = unwanted.filter(|seen| !is_wanted(view, &seen.key));
        for seen in unwanted.take(OBJECTS_MAX) {
            if draft.warmup.holds() {
                continue;
            }
            draft.steps.push(Step::Prune(prune(seen)));
        }
    }
}

fn apply(view: &View<'_>, draft: &mut Draft, wanted: &WantedObject, uid: Option<String>) {
    let WantedObject { key, hash } = wanted.clone();
    let refused = view.observation.objects.refused.iter();
    let refused = refused.filter(|refused| refused.key == key && refused.hash == hash);
    match refused.map(|refused| refused.until).max().filter(|until| *until > view.now) {
        Some(until) => draft.deadlines.add(until, "the next try of a refused object"),
        None => draft.steps.push(Step::Apply(Apply { key, hash, uid })),
    }
}

fn prune(seen: &SeenObject) -> Prune {
    let note = format!("Deleted {}, which is not wanted any more", seen.key);
    Prune {
        key: seen.key.clone(),
        uid: seen.uid.clone(),
        resource_version: seen.resource_version.clone(),
        event: super::draft::event(EventType::Normal, EventReason::Pruned, None, note),
    }
}

fn is_ours(view: &View<'_>, seen: &SeenObject) -> bool {
    seen.controller_uid.as_deref() == Some(view.observation.resource.uid.as_str())
}

fn is_wanted(view: &View<'_>, key: &ObjectKey) -> bool {
    view.observation.objects.wanted.iter().any(|wanted| wanted.key == *key)
}
