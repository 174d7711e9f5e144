//! What our own writes make us expect from the watch, per owner
//!
//! It owns the memory of writes and the rule when it ends; whether a single write has shown is asked of the cache.
//! Nothing is expected for ever: after a minute a live read is asked for instead.

use std::{collections::BTreeMap, time::Duration};

use jiff::Timestamp;

use super::Freshness;
use crate::{change::Key, clock};

/// One write, as its answer told
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Written {
    /// The object exists with this resourceVersion
    Version {
        /// Which object
        object: Key,
        /// `metadata.resourceVersion` of the answer
        version: String,
    },
    /// The object with this UID is on its way out, or gone
    Leaving {
        /// `metadata.uid`
        uid: String,
    },
    /// The object with this UID is gone
    Gone {
        /// `metadata.uid`
        uid: String,
    },
    /// There was no answer that tells: it may have happened
    Unanswered,
}

/// Writes that the cache does not show yet, by the UID of the owner
#[derive(Debug, Default)]
pub(super) struct Expectations(BTreeMap<String, Vec<Expected>>);

#[derive(Debug)]
struct Expected {
    written: Written,
    since: Timestamp,
    /// Somebody was told to wait for this
    waited: bool,
}

// === impl Expectations ===

impl Expectations {
    /// How long the watch is waited for before a live read is asked for
    pub(super) const PATIENCE: Duration = Duration::from_mins(1);

    /// When patience that begins now ends
    pub(super) fn deadline(now: Timestamp) -> Timestamp {
        clock::add(now, Self::PATIENCE)
    }

    /// Expects to see a write
    pub(super) fn add(&mut self, owner_uid: &str, written: Written, now: Timestamp) {
        let expected = self.0.entry(owner_uid.to_owned()).or_default();
        // A newer write to the same object stands for the older: at most one is kept per object, so that the memory is
        // bounded by the pods of the owner.
        expected.retain(|older| !same_object(&older.written, &written));
        expected.push(Expected { written, since: now, waited: false });
    }

    /// Forgets what has shown and tells whether anything is left
    ///
    /// `shown` says of one write whether the cache shows it; `None`: that cannot be told from a watch.
    pub(super) fn freshness(
        &mut self,
        owner_uid: &str,
        now: Timestamp,
        shown: impl Fn(&Written) -> Option<bool>,
    ) -> Freshness {
        let Some(expected) = self.0.get_mut(owner_uid) else { return Freshness::Fresh };
        let mut freshness = Freshness::Fresh;
        expected.retain_mut(|expected| {
            let until = Self::deadline(expected.since);
            match (shown(&expected.written), &freshness) {
                (Some(true), _) => return false,
                (None, _) | (_, Freshness::NeedsLiveRead) => freshness = Freshness::NeedsLiveRead,
                (Some(false), _) if until <= now => freshness = Freshness::NeedsLiveRead,
                (Some(false), Freshness::Behind { until: earlier }) if *earlier <= until => {}
                (Some(false), _) => freshness = Freshness::Behind { until },
            }
            expected.waited = true;
            true
        });
        if expected.is_empty() {
            self.0.remove(owner_uid);
        }
        freshness
    }

    /// Whether somebody was told to wait for a write to this owner's objects; each is told of once
    pub(super) fn take_waiter(&mut self, owner_uid: &str) -> bool {
        let Some(expected) = self.0.get_mut(owner_uid) else { return false };
        let mut any = false;
        for expected in expected {
            any |= std::mem::take(&mut expected.waited);
        }
        any
    }

    /// Whether this version of this object was written by us and is still expected
    pub(super) fn is_own_write(&self, owner_uid: &str, object: &Key, version: &str) -> bool {
        self.0.get(owner_uid).into_iter().flatten().any(|expected| {
            matches!(&expected.written, Written::Version { object: written, version: ours }
                if written == object && ours == version)
        })
    }

    /// How many owners something is expected of
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Expects nothing any more
    pub(super) fn forget(&mut self, owner_uid: &str) {
        self.0.remove(owner_uid);
    }
}

fn same_object(one: &Written, other: &Written) -> bool {
    match (one, other) {
        (Written::Version { object, .. }, Written::Version { object: other, .. }) => object == other,
        (one, other) => one == other,
    }
}
