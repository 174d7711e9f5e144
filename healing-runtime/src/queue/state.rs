//! The queue's state machine: what each key does now, as a function of adds, turns and time
//!
//! No waiting and no lock: `queue` owns both. Times are arguments.
//!
//! A key is in one place at a time: waiting for its turn, delayed or in flight.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use jiff::Timestamp;

use super::{
    Counters, Outcome,
    limit::Limit,
    priority::{Priority, Ready},
};
use crate::{
    change::{Key, Reason},
    clock,
};

/// All keys of a queue
#[derive(Debug)]
pub(super) struct State {
    entries: BTreeMap<Key, Entry>,
    ready: Ready,
    delayed: BTreeSet<(Timestamp, Key)>,
    limit: Limit,
    rng: fastrand::Rng,
    tickets: u64,
    adds: u64,
    retries: u64,
    closed: bool,
    asleep: bool,
}

/// A key whose turn it is
#[derive(Debug)]
pub(super) struct Turn {
    pub(super) key: Key,
    pub(super) reason: Reason,
    pub(super) waited: Duration,
    pub(super) failures: u32,
}

#[derive(Debug)]
struct Entry {
    place: Place,
    failures: u32,
    /// End of the backoff: only a reason that ends backoffs gets the key a turn before
    not_before: Option<Timestamp>,
}

#[derive(Debug)]
enum Place {
    /// Between two of the others; a key that stays here is dropped
    Idle,
    /// Waits for its turn
    Ready { reason: Reason, ticket: u64, since: Timestamp },
    /// Waits for a time
    Delayed { reason: Reason, until: Timestamp },
    /// A worker has it; `again` is what was added since
    InFlight { since: Timestamp, again: Option<Request> },
}

/// An add that has to wait: for the worker, or for a time
#[derive(Clone, Copy, Debug)]
struct Request {
    reason: Reason,
    until: Option<Timestamp>,
}

// === impl State ===

impl State {
    /// An empty queue
    pub(super) fn new(limit: Limit, seed: u64) -> Self {
        Self {
            entries: BTreeMap::new(),
            ready: Ready::default(),
            delayed: BTreeSet::new(),
            limit,
            rng: fastrand::Rng::with_seed(seed),
            tickets: 0,
            adds: 0,
            retries: 0,
            closed: false,
            asleep: false,
        }
    }

    /// Adds a key, for now or for a later time
    pub(super) fn add(&mut self, key: &Key, reason: Reason, until: Option<Timestamp>, now: Timestamp) {
        if self.asleep {
            return;
        }
        self.adds += 1;
        let entry = self.entries.entry(key.clone()).or_insert(Entry {
            place: Place::Idle,
            failures: 0,
            not_before: None,
        });
        if let Place::InFlight { again, .. } = &mut entry.place {
            *again = Some(Request { reason, until }.merge(*again));
            return;
        }
        if ends_backoff(reason) {
            entry.failures = 0;
            entry.not_before = None;
        }
        let request = Request { reason, until }.not_before(entry.not_before);
        self.schedule(key, request, now);
    }

    /// The next key, and moves it in flight
    pub(super) fn take(&mut self, now: Timestamp) -> Option<Turn> {
        self.promote(now);
        let key = self.ready.pop()?;
        let entry = self.entries.get_mut(&key).expect("a key with a turn has an entry");
        let place = std::mem::replace(&mut entry.place, Place::InFlight { since: now, again: None });
        let Place::Ready { reason, since, .. } = place else {
            unreachable!("a key in line is ready");
        };
        Some(Turn { key, reason, waited: clock::since(since, now), failures: entry.failures })
    }

    /// Ends a key's flight; tells how long it waits if it failed
    pub(super) fn finish(&mut self, key: &Key, outcome: Outcome, now: Timestamp) -> Option<Duration> {
        let entry = self.entries.get_mut(key)?;
        let Place::InFlight { again, .. } = std::mem::replace(&mut entry.place, Place::Idle) else {
            return None;
        };
        // What was added while it was in flight may end the backoff that this failure would begin.
        let fresh = again.is_some_and(|request| ends_backoff(request.reason));
        let mut delay = None;
        let own = match outcome {
            Outcome::Done { next } => {
                entry.failures = 0;
                entry.not_before = None;
                next.map(|(until, reason)| Request { reason, until: Some(until) })
            }
            Outcome::Failed if fresh => {
                entry.failures = 0;
                entry.not_before = None;
                None
            }
            Outcome::Failed => {
                entry.failures = entry.failures.saturating_add(1);
                let wait = self.limit.delay(entry.failures, &mut self.rng);
                entry.not_before = Some(clock::add(now, wait));
                self.retries += 1;
                delay = Some(wait);
                Some(Request { reason: Reason::Retry, until: entry.not_before })
            }
        };
        let not_before = entry.not_before;
        for request in [own, again].into_iter().flatten() {
            self.schedule(key, request.not_before(not_before), now);
        }
        self.drop_idle(key);
        delay
    }

    /// Takes keys in, or drops what is added
    pub(super) fn set_asleep(&mut self, asleep: bool) {
        self.asleep = asleep;
    }

    /// Gives out no turn any more
    pub(super) fn close(&mut self) {
        self.closed = true;
    }

    /// Whether the queue gives out no turn any more
    pub(super) fn is_closed(&self) -> bool {
        self.closed
    }

    /// When the next delayed key becomes ready
    pub(super) fn next_due(&self) -> Option<Timestamp> {
        self.delayed.first().map(|(until, _)| *until)
    }

    /// Whether a key waits for its turn
    pub(super) fn has_ready(&self) -> bool {
        !self.ready.is_empty()
    }

    /// The numbers of this moment
    pub(super) fn counters(&self, now: Timestamp) -> Counters {
        let mut counters = Counters {
            depth: self.ready.depth(),
            adds: self.adds,
            retries: self.retries,
            ..Counters::default()
        };
        for entry in self.entries.values() {
            counters.backing_off += usize::from(entry.failures > 0);
            match &entry.place {
                Place::Ready { since, .. } => {
                    counters.longest_wait = counters.longest_wait.max(clock::since(*since, now));
                }
                Place::InFlight { since, .. } => {
                    let age = clock::since(*since, now);
                    counters.in_flight += 1;
                    counters.unfinished += age;
                    counters.longest_flight = counters.longest_flight.max(age);
                }
                Place::Delayed { .. } => counters.delayed += 1,
                Place::Idle => {}
            }
        }
        counters
    }

    /// A share of jitter in `0.0..1.0`
    pub(super) fn jitter(&mut self) -> f64 {
        self.rng.f64()
    }

    /// Makes delayed keys whose time has come ready, the earliest first
    fn promote(&mut self, now: Timestamp) {
        while self.delayed.first().is_some_and(|(until, _)| *until <= now) {
            let Some((_, key)) = self.delayed.pop_first() else { return };
            let Some(entry) = self.entries.get_mut(&key) else { continue };
            let Place::Delayed { reason, until } = std::mem::replace(&mut entry.place, Place::Idle) else {
                continue;
            };
            entry.not_before = None;
            self.line_up(&key, reason, until);
        }
    }

    /// Merges a request into what is planned for a key that is not in flight: the earlier time and the greater
    /// reason win
    fn schedule(&mut self, key: &Key, request: Request, now: Timestamp) {
        let Some(entry) = self.entries.get_mut(key) else { return };
        let merged = match std::mem::replace(&mut entry.place, Place::Idle) {
            Place::Ready { reason, ticket, since } => {
                // It has its place in a line; a more urgent reason moves it to the better line, as old as it is.
                self.ready.remove(Priority::of(reason), ticket);
                let reason = reason.max(request.reason);
                entry.place = Place::Ready { reason, ticket, since };
                self.ready.push(Priority::of(reason), ticket, key.clone());
                return;
            }
            Place::Delayed { reason, until } => {
                self.delayed.remove(&(until, key.clone()));
                request.merge(Some(Request { reason, until: Some(until) }))
            }
            Place::Idle | Place::InFlight { .. } => request,
        };
        match merged.until.filter(|until| *until > now) {
            None => self.line_up(key, merged.reason, now),
            Some(until) => {
                entry.place = Place::Delayed { reason: merged.reason, until };
                self.delayed.insert((until, key.clone()));
            }
        }
    }

    /// Puts a key at the end of the line of its priority
    fn line_up(&mut self, key: &Key, reason: Reason, since: Timestamp) {
        let ticket = self.tickets;
        self.tickets += 1;
        if let Some(entry) = self.entries.get_mut(key) {
            entry.place = Place::Ready { reason, ticket, since };
            self.ready.push(Priority::of(reason), ticket, key.clone());
        }
    }

    /// Drops a key that has nothing to remember
    fn drop_idle(&mut self, key: &Key) {
        if self.entries.get(key).is_some_and(|entry| matches!(entry.place, Place::Idle)) {
            self.entries.remove(key);
        }
    }
}

// === impl Request ===

impl Request {
    /// This request and an older one as one: the earlier time, the more telling reason
    fn merge(self, older: Option<Self>) -> Self {
        let Some(older) = older else { return self };
        let until = match (self.until, older.until) {
            (Some(one), Some(other)) => Some(one.min(other)),
            _ => None,
        };
        Self { reason: self.reason.max(older.reason), until }
    }

    /// This request, but not before a time
    fn not_before(self, time: Option<Timestamp>) -> Self {
        match (self.until, time) {
            (_, None) => self,
            (None, Some(time)) => Self { until: Some(time), ..self },
            (Some(until), Some(time)) => Self { until: Some(until.max(time)), ..self },
        }
    }
}

/// Whether a reason says that the failures so far mean nothing any more
fn ends_backoff(reason: Reason) -> bool {
    matches!(reason, Reason::Spec | Reason::Deleted)
}
