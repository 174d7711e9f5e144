//! Kubernetes Events about resources: built, counted together and handed over one by one
//!
//! It owns what an event looks like and which ones are worth sending. It sends nothing itself: `record` takes from
//! the queue what is due and is the one that talks to the API server, so that no write ever waits for an event.

mod object;
mod share;
#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError},
};

use healing_engine::Event;
use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::events::v1 as wire;
use tokio::sync::Notify;

use crate::metrics::{EventLoss, EventMetrics};
pub(crate) use object::{Regarding, Reporter};
use share::Shares;

/// What the sender shall do
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Outgoing {
    /// Create this event
    New(wire::Event),
    /// Merge `series` of this event into the one of the same name, with [`Outgoing::patch`]; if the server has
    /// forgotten that one, create this
    Repeated(wire::Event),
}

/// Events that wait for the sender; one for the whole process, with one consumer
///
/// # Guarantees
/// Never more than [`EventQueue::WAITING`] events wait and [`EventQueue::REMEMBERED`] are remembered. Each that is
/// given up is counted. Two events of one process never have the same name.
#[derive(Debug)]
pub(crate) struct EventQueue {
    reporter: Reporter,
    state: Mutex<State>,
    arrived: Notify,
    metrics: EventMetrics,
}

#[derive(Debug, Default)]
struct State {
    known: BTreeMap<Key, Known>,
    /// Each key at most once, oldest first
    waiting: VecDeque<Key>,
    shares: Shares,
    newest_id: i64,
}

/// Events with the same key are one event that is repeated. Note and pod belong to it: a series keeps the texts of
/// its first event, so anything else that differs would be lost
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    regarding: String,
    warning: bool,
    reason: String,
    action: String,
    note: String,
    related: Option<String>,
}

#[derive(Debug)]
struct Known {
    event: wire::Event,
    newest: Timestamp,
    count: i32,
    created: bool,
    waits: bool,
}

// === impl Outgoing ===

impl Outgoing {
    /// The event, as it is to be created
    pub(crate) fn event(&self) -> &wire::Event {
        match self {
            Self::New(event) | Self::Repeated(event) => event,
        }
    }

    /// The body of a merge patch that says how often the event has happened, and when last
    pub(crate) fn patch(&self) -> serde_json::Value {
        serde_json::json!({ "series": self.event().series })
    }
}

// === impl EventQueue ===

impl EventQueue {
    /// Events that may wait at the same time; of more, the oldest is given up
    const WAITING: usize = 256;
    /// Events that are remembered to recognise a repetition
    const REMEMBERED: usize = 1024;
    /// How long after it an identical event still counts as a repetition
    const SERIES: SignedDuration = SignedDuration::from_mins(6);

    /// An empty queue
    pub(crate) fn new(reporter: Reporter, metrics: EventMetrics) -> Self {
        Self { reporter, state: Mutex::default(), arrived: Notify::new(), metrics }
    }

    /// Puts an event about `regarding` into the queue; never waits, never fails
    ///
    /// An object may send [`Shares::BURST`] events at once and then one each [`Shares::REFILL`]. A repetition beyond
    /// that is still counted and told with the next one; a new event beyond that is given up.
    pub(crate) fn publish(&self, regarding: &Regarding, event: &Event, now: Timestamp) {
        let key = Key::new(regarding, event);
        let mut guard = self.state();
        let state = &mut *guard;
        state.forget(now);
        if let Some(known) = state.known.get_mut(&key) {
            known.repeat(now);
            // What waits already is sent with the new count; what may not be sent keeps it for the next time.
            if known.waits || !state.shares.take(&regarding.uid, now) {
                return;
            }
            known.waits = true;
        } else if state.shares.take(&regarding.uid, now) {
            let id = state.next_id(now);
            let event = object::build(&self.reporter, regarding, event, (now, id));
            let known = Known { event, newest: now, count: 1, created: false, waits: true };
            state.known.insert(key.clone(), known);
        } else {
            self.metrics.lost(EventLoss::RateLimited);
            return;
        }
        state.waiting.push_back(key);
        if state.waiting.len() > Self::WAITING
            && let Some(oldest) = state.waiting.pop_front()
        {
            state.known.remove(&oldest);
            self.metrics.lost(EventLoss::QueueFull);
        }
        drop(guard);
        self.arrived.notify_one();
    }

    /// The next event to send, as soon as there is one; dropping the future loses none
    pub(crate) async fn next(&self) -> Outgoing {
        loop {
            let arrived = self.arrived.notified();
            if let Some(outgoing) = self.take() {
                return outgoing;
            }
            arrived.await;
        }
    }

    /// The next event to send, if one waits: for what is left when the process ends
    pub(crate) fn take(&self) -> Option<Outgoing> {
        let mut state = self.state();
        loop {
            let key = state.waiting.pop_front()?;
            if let Some(known) = state.known.get_mut(&key) {
                known.waits = false;
                let first = !std::mem::replace(&mut known.created, true);
                let event = known.event.clone();
                return Some(if first { Outgoing::New(event) } else { Outgoing::Repeated(event) });
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// === impl State ===

impl State {
    /// Forgets what is too old to be repeated, and beyond the bound whatever is oldest
    fn forget(&mut self, now: Timestamp) {
        self.known.retain(|_, known| known.waits || now.duration_since(known.newest) <= EventQueue::SERIES);
        while self.known.len() >= EventQueue::REMEMBERED {
            let oldest = self
                .known
                .iter()
                .filter(|(_, known)| !known.waits)
                .min_by_key(|(_, known)| known.newest)
                .map(|(key, _)| key.clone());
            // What waits is bounded by the queue, so there is always one that does not.
            let Some(oldest) = oldest else { return };
            self.known.remove(&oldest);
        }
    }

    /// Nanoseconds of `now`, or one more than the newest: several events of one pass share their time
    fn next_id(&mut self, now: Timestamp) -> i64 {
        let nanos = i64::try_from(now.as_nanosecond()).unwrap_or(i64::MAX);
        self.newest_id = nanos.max(self.newest_id.saturating_add(1));
        self.newest_id
    }
}

// === impl Key ===

impl Key {
    fn new(regarding: &Regarding, event: &Event) -> Self {
        Self {
            regarding: regarding.uid.clone(),
            warning: event.kind == healing_engine::EventType::Warning,
            reason: event.reason.clone(),
            action: event.action.clone(),
            note: event.note.clone(),
            related: event.pod.as_ref().map(|(_, uid)| uid.clone()),
        }
    }
}

// === impl Known ===

impl Known {
    fn repeat(&mut self, now: Timestamp) {
        self.newest = now;
        self.count = self.count.saturating_add(1);
        self.event.series =
            Some(wire::EventSeries { count: self.count, last_observed_time: object::micro_time(now) });
    }
}
