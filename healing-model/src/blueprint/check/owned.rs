//! Rules about the kinds that a resource owns beside its pods

use crate::{Blueprint, BlueprintError, OwnedKind, Place};

impl Blueprint {
    /// The rules that `owns(...)` breaks: once on the paths that are written, once on the kinds that rustc found
    pub fn check_owned(&self) -> Vec<BlueprintError> {
        let problem =
            |(at, kind)| Some(BlueprintError::new(Place::Owned(at), problem(&self.owns[..at], kind)?));
        self.owns.iter().enumerate().filter_map(problem).collect()
    }
}

fn problem(before: &[OwnedKind], kind: &OwnedKind) -> Option<String> {
    // Pods are healing's own.
    if kind.is_pod() {
        return Some(
            "pods are healing's own and made from `pod()`; leave `Pod` out of `owns(...)`".to_owned(),
        );
    }
    // So are the templates that it stores.
    if kind.is_revision() {
        return Some(
            "controller revisions are healing's own and hold what `pod()` was; leave `ControllerRevision` out of \
             `owns(...)`"
                .to_owned(),
        );
    }
    // No kind is there twice.
    let twice = before.iter().any(|other| other.is_same(kind));
    twice.then(|| format!("duplicate `{}` in `owns(...)`; give it once", kind.kind))
}
