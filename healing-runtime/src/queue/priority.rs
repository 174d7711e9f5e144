//! Keys whose turn has come: first in, first out inside a priority, and nobody is passed over for ever
//!
//! Every fourth turn goes to the key that has waited longest below the highest priority, so a key with `n` older
//! keys in the two lower priorities is taken within `4 * (n + 1)` turns whatever happens above it.

use std::collections::BTreeMap;

use crate::change::{Key, Reason};

/// How urgent a key is; three, in this order
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Priority {
    /// Something changed or a deadline has come
    Changed,
    /// Nothing happened for long
    Resync,
    /// It was there when the process started
    Initial,
}

/// Keys in the order of their turns
#[derive(Debug, Default)]
pub(super) struct Ready {
    waiting: [BTreeMap<u64, Key>; Priority::ALL.len()],
    turns: u64,
}

// === impl Priority ===

impl Priority {
    /// All of them, the most urgent first
    pub(crate) const ALL: [Self; 3] = [Self::Changed, Self::Resync, Self::Initial];

    /// How urgent a reason is
    pub(crate) fn of(reason: Reason) -> Self {
        match reason {
            Reason::Initial => Self::Initial,
            Reason::Resync => Self::Resync,
            Reason::Deadline
            | Reason::Retry
            | Reason::Pod
            | Reason::Node
            | Reason::Object
            | Reason::Resource
            | Reason::Spec
            | Reason::Deleted => Self::Changed,
        }
    }

    /// One word for metrics
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Changed => "changed",
            Self::Resync => "resync",
            Self::Initial => "initial",
        }
    }
}

// === impl Ready ===

impl Ready {
    /// One turn in this many goes to the key that has waited longest below the highest priority
    const FAIR_TURN: u64 = 4;

    /// Puts a key into the line of a priority; `ticket` is its place, smaller is earlier
    pub(super) fn push(&mut self, priority: Priority, ticket: u64, key: Key) {
        self.waiting[priority as usize].insert(ticket, key);
    }

    /// Takes a key out of the line
    pub(super) fn remove(&mut self, priority: Priority, ticket: u64) {
        self.waiting[priority as usize].remove(&ticket);
    }

    /// The key whose turn it is
    pub(super) fn pop(&mut self) -> Option<Key> {
        let line = self.fair_line().or_else(|| self.waiting.iter().position(|line| !line.is_empty()))?;
        self.turns += 1;
        self.waiting[line].pop_first().map(|(_, key)| key)
    }

    /// How many keys wait in each priority
    pub(super) fn depth(&self) -> [usize; Priority::ALL.len()] {
        [self.waiting[0].len(), self.waiting[1].len(), self.waiting[2].len()]
    }

    /// Whether nobody waits
    pub(super) fn is_empty(&self) -> bool {
        self.waiting.iter().all(BTreeMap::is_empty)
    }

    /// On a fair turn, the lower line with the oldest key
    fn fair_line(&self) -> Option<usize> {
        if self.turns % Self::FAIR_TURN != Self::FAIR_TURN - 1 {
            return None;
        }
        (1..self.waiting.len())
            .filter_map(|line| self.waiting[line].first_key_value().map(|(ticket, _)| (*ticket, line)))
            .min()
            .map(|(_, line)| line)
    }
}
