//! The metrics of the process, with the names that dashboards of Go operators know
//!
//! It owns what is counted. Names and labels are in `metrics/family`, the text forms in `metrics/exposition`;
//! figures of a queue are read from the queue when somebody asks. Every label set that is known at start is there
//! from the start, with 0. No label holds a name of an object or a free text.

pub(crate) mod exposition;
mod family;
#[cfg(test)]
mod tests;
mod webhook;

use std::{
    collections::BTreeMap,
    fmt,
    sync::{
        Arc, OnceLock, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
};

use prometheus_client::registry::Registry;

use crate::{election::Leadership, queue::Counters};
pub(crate) use exposition::Format;
pub(crate) use webhook::{CertificateMetrics, ReadExpiry, WebhookMetrics, WebhookPanics};

/// How one reconcile ended
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ReconcileResult {
    /// Only a change is a reason to come back
    Success,
    /// It failed and is tried again
    Error,
    /// It comes back as soon as possible
    Requeue,
    /// It comes back at a known time
    RequeueAfter,
}

/// Why an event never reached the API server
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EventLoss {
    /// More events are waiting than the queue holds, and this was the oldest
    QueueFull,
    /// Its object has had its share
    RateLimited,
    /// The API server refused it, or did not answer in time
    Failed,
}

/// What is known of one watched resource at one moment
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct WatchedFigures {
    /// Objects in the cache
    pub(crate) objects: usize,
    /// Of these, such as could not be decoded and are left alone
    pub(crate) undecodable: usize,
    /// Lists and watches that failed since the start
    pub(crate) failures: u64,
}

/// Asks a cache and its watches at each scrape; must answer at once
pub(crate) type ReadWatched = Box<dyn Fn() -> WatchedFigures + Send + Sync>;

/// Asks a queue at each scrape; must answer at once
pub(crate) type ReadQueue = Box<dyn Fn() -> Counters + Send + Sync>;

/// All metrics of the process
#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Registry,
    counted: Arc<Counted>,
}

/// What the families are read from
#[derive(Debug, Default)]
struct Counted {
    /// By the controller's name, so that the order of a page is stable
    controllers: RwLock<BTreeMap<String, Arc<ControllerMetrics>>>,
    watched: Watched,
    events: EventMetrics,
    webhook: webhook::Counted,
    /// Set once, where there is an election
    leadership: OnceLock<Leadership>,
}

/// By the resource's name, such as `pods`
#[derive(Default)]
struct Watched(RwLock<BTreeMap<String, ReadWatched>>);

/// What one controller counts
pub(crate) struct ControllerMetrics {
    results: [AtomicU64; ReconcileResult::ALL.len()],
    panics: AtomicU64,
    timeouts: AtomicU64,
    queue: ReadQueue,
}

/// What the sender of events counts; clones count together
#[derive(Clone, Debug, Default)]
pub(crate) struct EventMetrics {
    lost: Arc<[AtomicU64; EventLoss::ALL.len()]>,
}

// === impl ReconcileResult ===

impl ReconcileResult {
    const ALL: [Self; 4] = [Self::Error, Self::Requeue, Self::RequeueAfter, Self::Success];

    const fn label(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Error => "error",
            Self::Requeue => "requeue",
            Self::RequeueAfter => "requeue_after",
        }
    }
}

// === impl EventLoss ===

impl EventLoss {
    const ALL: [Self; 3] = [Self::QueueFull, Self::RateLimited, Self::Failed];

    const fn label(self) -> &'static str {
        match self {
            Self::QueueFull => "queue_full",
            Self::RateLimited => "rate_limited",
            Self::Failed => "failed",
        }
    }
}

// === impl Metrics ===

impl Default for Metrics {
    fn default() -> Self {
        let counted = Arc::new(Counted::default());
        let mut registry = Registry::default();
        registry.register_collector(Box::new(Arc::clone(&counted)));
        Self { registry, counted }
    }
}

impl Metrics {
    /// The counters of a new controller; `name` is its kind in lower case, and unique
    pub(crate) fn controller(&self, name: &str, queue: ReadQueue) -> Arc<ControllerMetrics> {
        let controller = Arc::new(ControllerMetrics {
            results: Default::default(),
            panics: AtomicU64::new(0),
            timeouts: AtomicU64::new(0),
            queue,
        });
        let mut controllers = self.counted.controllers.write().unwrap_or_else(PoisonError::into_inner);
        controllers.insert(name.to_owned(), Arc::clone(&controller));
        controller
    }

    /// Adds a watched resource, such as `pods` or `healingservices.example.com`
    pub(crate) fn watched(&self, resource: impl Into<String>, read: ReadWatched) {
        let mut watched = self.counted.watched.0.write().unwrap_or_else(PoisonError::into_inner);
        watched.insert(resource.into(), read);
    }

    /// Tells of an election, and whether this process leads
    pub(crate) fn elected(&self, leadership: Leadership) {
        let _first = self.counted.leadership.set(leadership);
    }

    /// The counters of the events of this process
    pub(crate) fn events(&self) -> EventMetrics {
        self.counted.events.clone()
    }

    /// The counters of what is asked at a path of the webhook
    pub(crate) fn webhook(&self, path: &str) -> Arc<WebhookMetrics> {
        self.counted.webhook.path(path)
    }

    /// The counter of panics while the webhook judged
    pub(crate) fn webhook_panics(&self) -> WebhookPanics {
        self.counted.webhook.panics.clone()
    }

    /// The counters of the webhook's certificate
    pub(crate) fn certificate(&self) -> CertificateMetrics {
        self.counted.webhook.certificate.clone()
    }

    /// Adds when the webhook's certificate expires
    pub(crate) fn certificate_expiry(&self, read: ReadExpiry) {
        self.counted.webhook.expires(read);
    }

    /// The page
    pub(crate) fn expose(&self, format: Format) -> String {
        exposition::expose(&self.registry, format)
    }
}

// === impl ControllerMetrics ===

impl ControllerMetrics {
    /// Counts one reconcile; one that panicked or ran out of time is an [`ReconcileResult::Error`] as well
    pub(crate) fn reconciled(&self, result: ReconcileResult) {
        self.results[result as usize].fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a panic in a reconcile
    pub(crate) fn panicked(&self) {
        self.panics.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a reconcile that ran into the framework's own deadline
    pub(crate) fn timed_out(&self) {
        self.timeouts.fetch_add(1, Ordering::Relaxed);
    }

    fn results(&self, result: ReconcileResult) -> u64 {
        self.results[result as usize].load(Ordering::Relaxed)
    }
}

impl fmt::Debug for ControllerMetrics {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("ControllerMetrics").field("results", &self.results).finish_non_exhaustive()
    }
}

// === impl Watched ===

impl fmt::Debug for Watched {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let watched = self.0.read().unwrap_or_else(PoisonError::into_inner);
        out.debug_map().entries(watched.iter().map(|(resource, read)| (resource, read()))).finish()
    }
}

// === impl EventMetrics ===

impl EventMetrics {
    /// Counts an event that was given up
    pub(crate) fn lost(&self, why: EventLoss) {
        self.lost[why as usize].fetch_add(1, Ordering::Relaxed);
    }

    /// How many were given up for this reason
    pub(crate) fn count(&self, why: EventLoss) -> u64 {
        self.lost[why as usize].load(Ordering::Relaxed)
    }
}
