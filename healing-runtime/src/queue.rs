//! The work queue of one kind of resource: which key gets its turn when
//!
//! It owns order, delays and backoff: at most one flight per key, first in first out inside a priority, adds while a
//! key is in flight make it run once more. It does not know what a turn does, and nobody waits inside it but workers.

mod limit;
mod priority;
mod state;
#[cfg(test)]
mod tests;

use std::{
    future::poll_fn,
    pin::pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::Poll,
    time::Duration,
};

use jiff::Timestamp;
use tokio::sync::Notify;

pub(crate) use self::{limit::Limit, priority::Priority};

use self::state::State;
use crate::{
    change::{Key, Reason},
    clock::{self, Clock},
};

/// A work queue; clones are the same queue
#[derive(Clone)]
pub(crate) struct Queue(Arc<Inner>);

struct Inner {
    state: Mutex<State>,
    changed: Notify,
    clock: Clock,
}

/// A key in flight: the only one until it is finished
///
/// Dropped unfinished, as a panic or an abort does, it counts as failed.
#[must_use = "a key in flight is finished with an outcome"]
pub(crate) struct Taken {
    queue: Queue,
    finished: bool,
    /// The key
    pub(crate) key: Key,
    /// Why it is looked at
    pub(crate) reason: Reason,
    /// How long it waited for its turn, delays not counted
    pub(crate) waited: Duration,
    /// Failures in a row before this turn
    pub(crate) failures: u32,
}

/// How a flight ended
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Well: failures are forgotten. `next` is when to look again, and why, if nothing happens before
    Done {
        /// Time and reason ([`Reason::Deadline`] or [`Reason::Resync`])
        next: Option<(Timestamp, Reason)>,
    },
    /// Badly: looked at again after the key's backoff, which only a change of its spec ends early
    Failed,
}

/// Numbers of a queue at one moment, for metrics
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counters {
    /// Keys that wait for their turn, in the order of [`Priority::ALL`]
    pub(crate) depth: [usize; Priority::ALL.len()],
    /// Adds so far
    pub(crate) adds: u64,
    /// Failed flights so far that were put back with a delay
    pub(crate) retries: u64,
    /// Keys that wait for a time
    pub(crate) delayed: usize,
    /// Keys whose last flight failed
    pub(crate) backing_off: usize,
    /// Keys in flight
    pub(crate) in_flight: usize,
    /// Sum of the ages of all flights
    pub(crate) unfinished: Duration,
    /// Age of the oldest flight
    pub(crate) longest_flight: Duration,
    /// Age of the oldest key that waits for its turn
    pub(crate) longest_wait: Duration,
}

// === impl Queue ===

impl Queue {
    /// Keys with the same deadline are spread over this time, so that a restart is no burst for ever
    const SPREAD: Duration = Duration::from_secs(1);
    /// A period is made longer by at most this share
    const PERIOD_JITTER: f64 = 0.1;

    /// An empty queue; `seed` makes its jitter repeatable
    pub(crate) fn new(clock: Clock, limit: Limit, seed: u64) -> Self {
        Self(Arc::new(Inner { state: Mutex::new(State::new(limit, seed)), changed: Notify::new(), clock }))
    }

    /// Takes no key in until it is woken: nobody works here, and what is added would wait for ever
    pub(crate) fn sleep(&self) {
        self.state().set_asleep(true);
    }

    /// Takes keys in again, and all of these at once
    pub(crate) fn wake(&self, keys: impl FnOnce() -> Vec<Key>) {
        self.state().set_asleep(false);
        // Asked for only now, so that a key that comes meanwhile is among them or is added by whoever brought it.
        for key in keys() {
            self.add(&key, Reason::Initial);
        }
    }

    /// Puts a key in line now; one that is in flight runs once more, one that backs off stays there unless its spec
    /// changed
    pub(crate) fn add(&self, key: &Key, reason: Reason) {
        self.state().add(key, reason, None, self.0.clock.now());
        self.0.changed.notify_one();
    }

    /// Puts a key in line at a time; of several times the earliest wins
    ///
    /// For tests: workers say when to look again as they finish a key.
    #[cfg(test)]
    pub(crate) fn add_at(&self, key: &Key, reason: Reason, until: Timestamp) {
        self.state().add(key, reason, Some(until), self.0.clock.now());
        self.0.changed.notify_one();
    }

    /// Waits for the next key; `None` once the queue is closed
    ///
    /// Dropping the future loses no key.
    pub(crate) async fn take(&self) -> Option<Taken> {
        loop {
            let mut changed = pin!(self.0.changed.notified());
            // Registered before looking, so that an add between looking and waiting is not missed.
            changed.as_mut().enable();
            let due = {
                let mut state = self.state();
                if state.is_closed() {
                    // Wakes the next worker in turn, one permit after the other.
                    self.0.changed.notify_one();
                    return None;
                }
                if let Some(turn) = state.take(self.0.clock.now()) {
                    if state.has_ready() || state.next_due().is_some() {
                        self.0.changed.notify_one();
                    }
                    return Some(Taken {
                        queue: self.clone(),
                        finished: false,
                        key: turn.key,
                        reason: turn.reason,
                        waited: turn.waited,
                        failures: turn.failures,
                    });
                }
                state.next_due()
            };
            let mut sleep = pin!(async {
                match due {
                    Some(due) => self.0.clock.sleep_until(due).await,
                    None => std::future::pending().await,
                }
            });
            poll_fn(|cx| {
                if changed.as_mut().poll(cx).is_ready() || sleep.as_mut().poll(cx).is_ready() {
                    Poll::Ready(())
                } else {
                    Poll::Pending
                }
            })
            .await;
        }
    }

    /// Gives out no key any more; flights go on
    pub(crate) fn close(&self) {
        self.state().close();
        self.0.changed.notify_waiters();
        self.0.changed.notify_one();
    }

    /// `period`, made longer by up to a tenth, so that keys that started together drift apart
    pub(crate) fn spread(&self, period: Duration) -> Duration {
        period.mul_f64(self.state().jitter().mul_add(Self::PERIOD_JITTER, 1.0))
    }

    /// The numbers of this moment
    pub(crate) fn counters(&self) -> Counters {
        self.state().counters(self.0.clock.now())
    }

    fn finish(&self, key: &Key, outcome: Outcome) -> Option<Duration> {
        let mut state = self.state();
        let outcome = match outcome {
            Outcome::Done { next: Some((until, reason)) } => {
                let jitter = Self::SPREAD.mul_f64(state.jitter());
                Outcome::Done { next: Some((clock::add(until, jitter), reason)) }
            }
            outcome => outcome,
        };
        let delay = state.finish(key, outcome, self.0.clock.now());
        drop(state);
        self.0.changed.notify_one();
        delay
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// === impl Taken ===

impl Taken {
    /// Ends the flight; tells how long the key backs off if it failed
    pub(crate) fn finish(mut self, outcome: Outcome) -> Option<Duration> {
        self.finished = true;
        self.queue.finish(&self.key, outcome)
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        if !self.finished {
            self.queue.finish(&self.key, Outcome::Failed);
        }
    }
}
