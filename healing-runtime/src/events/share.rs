//! How many events each object may send: a burst, then one at a time

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

/// What each object has left, by UID
#[derive(Debug, Default)]
pub(super) struct Shares {
    used: BTreeMap<String, Used>,
}

#[derive(Debug)]
struct Used {
    /// Events that count against the burst
    events: u32,
    /// When the oldest of them stops counting
    next_refill: Timestamp,
}

// === impl Shares ===

impl Shares {
    /// Events that an object may send at once
    pub(super) const BURST: u32 = 25;
    /// After this each of them stops counting, one after the other
    pub(super) const REFILL: SignedDuration = SignedDuration::from_secs(30);
    /// Objects that are remembered; of more, the one that is free again first is forgotten
    const OBJECTS: usize = 4096;

    /// Whether the object may send one more, which then counts
    pub(super) fn take(&mut self, uid: &str, now: Timestamp) -> bool {
        self.used.retain(|_, used| used.refill(now));
        if let Some(used) = self.used.get_mut(uid) {
            let allowed = used.events < Self::BURST;
            used.events += u32::from(allowed);
            return allowed;
        }
        if self.used.len() >= Self::OBJECTS {
            let freest = self.used.iter().min_by_key(|(_, used)| used.events).map(|(uid, _)| uid.clone());
            self.used.remove(&freest.unwrap_or_default());
        }
        self.used.insert(uid.to_owned(), Used { events: 1, next_refill: now + Self::REFILL });
        true
    }
}

// === impl Used ===

impl Used {
    /// Gives back what has stopped counting; false where nothing counts any more
    fn refill(&mut self, now: Timestamp) -> bool {
        while self.events > 0 && self.next_refill <= now {
            self.events -= 1;
            self.next_refill += Shares::REFILL;
        }
        self.events > 0
    }
}
