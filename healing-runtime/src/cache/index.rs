//! What belongs to which owner: the UID of the controller ownerReference to the keys of what it controls
//!
//! The only way from an owner to its pods and objects; labels are for people and selectors.

use std::collections::{BTreeMap, BTreeSet};

/// Keys by the UID of their controller; an owner of nothing takes no room
#[derive(Debug)]
pub(super) struct OwnerIndex<K>(BTreeMap<String, BTreeSet<K>>);

// === impl OwnerIndex ===

impl<K: Ord> OwnerIndex<K> {
    /// What the owner controls, in the order of the keys
    pub(super) fn of(&self, owner_uid: &str) -> impl Iterator<Item = &K> {
        self.0.get(owner_uid).into_iter().flatten()
    }

    /// Adds a key to an owner
    pub(super) fn insert(&mut self, owner_uid: &str, key: K) {
        self.0.entry(owner_uid.to_owned()).or_default().insert(key);
    }

    /// Takes a key from an owner
    pub(super) fn remove(&mut self, owner_uid: &str, key: &K) {
        if let Some(keys) = self.0.get_mut(owner_uid) {
            keys.remove(key);
            if keys.is_empty() {
                self.0.remove(owner_uid);
            }
        }
    }
}

impl<K> Default for OwnerIndex<K> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}
