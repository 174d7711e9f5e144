//! What each resource of the process counted last, over all kinds: together they tell a storm across resources
//!
//! It holds numbers and forgets those of resources that are gone; what makes a storm is the engine's business.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use healing_engine::{Tally, is_cluster_storm};

/// The newest counts, shared by all kinds; bounded by the number of resources that exist
#[derive(Clone, Debug, Default)]
pub(crate) struct Tallies {
    by_uid: Arc<Mutex<BTreeMap<String, Tally>>>,
}

// === impl Tallies ===

impl Tallies {
    /// Takes what a pass over the resource with this UID counted
    pub(crate) fn note(&self, uid: &str, tally: Tally) {
        self.lock().insert(uid.to_owned(), tally);
    }

    /// Forgets a resource that is gone
    pub(crate) fn forget(&self, uid: &str) {
        self.lock().remove(uid);
    }

    /// Whether pods across many resources are unhealthy at once
    pub(crate) fn is_storm(&self) -> bool {
        is_cluster_storm(self.lock().values().copied())
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Tally>> {
        self.by_uid.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resource_counts_once_and_is_forgotten_with_its_end() {
        let tallies = Tallies::default();
        for uid in ["a", "b", "c", "a"] {
            tallies.note(uid, Tally { unhealthy: 4, live: 4 });
        }
        assert!(tallies.is_storm());
        tallies.note("b", Tally { unhealthy: 0, live: 4 });
        assert!(!tallies.is_storm(), "the newest count counts");
        tallies.note("b", Tally { unhealthy: 4, live: 4 });
        tallies.forget("c");
        assert!(!tallies.is_storm());
        assert_eq!(tallies.lock().len(), 2);
    }
}
