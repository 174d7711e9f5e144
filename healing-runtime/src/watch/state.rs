//! How a watch is, told to readiness, metrics and the log
//!
//! It owns the words; what makes the process ready is decided in `serve`.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use jiff::Timestamp;
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;

use super::{Scope, Target};
use crate::clock::{self, Clock};

/// How a watch is now
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum WatchState {
    /// The first list is not complete yet
    Syncing {
        /// Since when
        since: Timestamp,
    },
    /// Everything is seen
    Synced {
        /// Since when
        since: Timestamp,
    },
    /// It does not work, and is tried again and again
    Failing {
        /// Since when
        since: Timestamp,
        /// Whether it has been in sync before, so that the cache is old but not empty
        was_synced: bool,
        /// Kind, verb, scope and what the API server says
        message: String,
    },
}

/// A handle that tells how a watch is; clones tell of the same watch
#[derive(Clone)]
pub(crate) struct WatchStatus {
    name: Arc<str>,
    scope: Scope,
    shared: Arc<Mutex<Shared>>,
    /// Cancelled, and so for ever true, once the first list was complete
    first_sync: CancellationToken,
    /// The same once a list was complete or failed
    first_try: CancellationToken,
    lists: Arc<Lists>,
}

/// Lists that somebody waits for
struct Lists {
    /// How many were asked for so far
    wanted: AtomicU64,
    asked: Notify,
    /// How many had been asked for when the newest complete list began
    done: watch::Sender<u64>,
}

/// The watch's own end of the handle
pub(super) struct Monitor {
    status: WatchStatus,
    clock: Clock,
    kind: String,
    scope: String,
}

struct Shared {
    state: WatchState,
    failures: u64,
    /// Whether the newest list was refused because this process may not see the kind
    is_forbidden: bool,
}

// === impl WatchStatus ===

impl WatchStatus {
    /// A watch that fails for longer is no base for decisions any more
    const BLIND_AFTER: Duration = Duration::from_mins(1);

    /// Plural and group of the kind, such as `pods` or `healingservices.example.com`
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// How the watch is
    pub(crate) fn state(&self) -> WatchState {
        self.lock().state.clone()
    }

    /// Whether its first list was complete, so that the cache is whole
    pub(crate) fn was_synced(&self) -> bool {
        self.first_sync.is_cancelled()
    }

    /// Waits until the first list is complete
    pub(crate) async fn synced(&self) {
        self.first_sync.cancelled().await;
    }

    /// Waits until the first list is complete or has failed
    pub(crate) async fn tried(&self) {
        self.first_try.cancelled().await;
    }

    /// Whether this process may not see the kind
    pub(crate) fn is_forbidden(&self) -> bool {
        self.lock().is_forbidden
    }

    /// Lists again, and waits until that list, which begins later than this call, is complete
    pub(crate) async fn list_again(&self) {
        let wanted = self.lists.wanted.fetch_add(1, Ordering::SeqCst) + 1;
        let mut done = self.lists.done.subscribe();
        self.lists.asked.notify_one();
        // It ends early only with the watch itself, and then nobody works on what it showed any more.
        let _watch_ended = done.wait_for(|done| *done >= wanted).await;
    }

    /// Waits until somebody wants a fresh list
    pub(super) async fn asked_to_list(&self) {
        self.lists.asked.notified().await;
    }

    /// Whether what it shows of this namespace is too old to act on: it has not worked for a minute
    pub(crate) fn is_blind(&self, namespace: &str, now: Timestamp) -> bool {
        let WatchState::Failing { since, .. } = self.state() else { return false };
        self.scope.contains(namespace) && clock::since(since, now) > Self::BLIND_AFTER
    }

    /// How often it failed so far, for metrics
    pub(crate) fn failures(&self) -> u64 {
        self.lock().failures
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// === impl Monitor ===

impl Monitor {
    pub(super) fn new(target: &Target, clock: &Clock) -> Self {
        let resource = &target.resource;
        let name = if resource.group.is_empty() {
            resource.plural.clone()
        } else {
            format!("{}.{}", resource.plural, resource.group)
        };
        let shared =
            Shared { state: WatchState::Syncing { since: clock.now() }, failures: 0, is_forbidden: false };
        Self {
            kind: name.clone(),
            status: WatchStatus {
                name: name.into(),
                scope: target.scope.clone(),
                shared: Arc::new(Mutex::new(shared)),
                first_sync: CancellationToken::new(),
                first_try: CancellationToken::new(),
                lists: Arc::new(Lists {
                    wanted: AtomicU64::new(0),
                    asked: Notify::new(),
                    done: watch::Sender::new(0),
                }),
            },
            clock: clock.clone(),
            scope: target.scope.to_string(),
        }
    }

    pub(super) fn status(&self) -> WatchStatus {
        self.status.clone()
    }

    /// How many fresh lists have been asked for; to be taken before one begins
    pub(super) fn lists_wanted(&self) -> u64 {
        self.status.lists.wanted.load(Ordering::SeqCst)
    }

    /// A list was complete; a watch that failed before has to live first to count as recovered
    pub(super) fn listed(&self, wanted: u64) {
        self.status.lists.done.send_replace(wanted);
        self.forbidden(false);
        self.status.first_sync.cancel();
        self.status.first_try.cancel();
        if matches!(self.status.state(), WatchState::Syncing { .. }) {
            self.set(WatchState::Synced { since: self.clock.now() });
        }
    }

    /// The watch is in good health
    pub(super) fn recovered(&self) {
        if !matches!(self.status.state(), WatchState::Synced { .. }) {
            self.set(WatchState::Synced { since: self.clock.now() });
        }
    }

    /// A list was refused for want of a permission, or for another reason
    pub(super) fn forbidden(&self, is_forbidden: bool) {
        self.status.lock().is_forbidden = is_forbidden;
    }

    /// A call failed
    pub(super) fn failed(&self, verb: &str, message: &str) {
        let message = format!("cannot {verb} {} in {}: {message}", self.kind, self.scope);
        let (since, was_synced) = {
            let mut shared = self.status.lock();
            shared.failures += 1;
            let since = match &shared.state {
                WatchState::Failing { since, .. } => *since,
                WatchState::Syncing { .. } | WatchState::Synced { .. } => self.clock.now(),
            };
            (since, self.status.was_synced())
        };
        self.set(WatchState::Failing { since, was_synced, message });
        self.status.first_try.cancel();
    }

    /// The one place that changes the state, and says so once per change
    fn set(&self, state: WatchState) {
        if self.status.state() == state {
            return;
        }
        match &state {
            WatchState::Failing { message, .. } => tracing::warn!(watch = %self.kind, "{message}"),
            WatchState::Synced { .. } => tracing::info!(watch = %self.kind, scope = %self.scope, "in sync"),
            WatchState::Syncing { .. } => {}
        }
        self.status.lock().state = state;
    }
}
