//! Which pods belong to which owner: the UID of the controller ownerReference to the keys of its pods
//!
//! The only way from an owner to its pods; labels are for people and selectors.

use std::collections::{BTreeMap, BTreeSet};

use crate::change::Key;

/// Pods by the UID of their controller; an owner without pods takes no room
#[derive(Debug, Default)]
pub(super) struct OwnerIndex(BTreeMap<String, BTreeSet<Key>>);

// === impl OwnerIndex ===

impl OwnerIndex {
    /// The owner's pods, by namespace and name
    pub(super) fn of(&self, owner_uid: &str) -> impl Iterator<Item = &Key> {
        self.0.get(owner_uid).into_iter().flatten()
    }

    /// Adds a pod to an owner
    pub(super) fn insert(&mut self, owner_uid: &str, pod: Key) {
        self.0.entry(owner_uid.to_owned()).or_default().insert(pod);
    }

    /// Takes a pod from an owner
    pub(super) fn remove(&mut self, owner_uid: &str, pod: &Key) {
        if let Some(pods) = self.0.get_mut(owner_uid) {
            pods.remove(pod);
            if pods.is_empty() {
                self.0.remove(owner_uid);
            }
        }
    }
}
