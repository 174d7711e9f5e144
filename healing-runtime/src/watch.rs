//! A supervised watch: one kind in one scope, listed once and followed from there
//!
//! It owns when a watch lists, follows, waits and begins anew, and what readiness is told about it. Where the objects
//! go is the sink's business. It is our own loop over kube's list and watch calls, because kube's `watcher` hides
//! watches that end at once, never lists again after an HTTP 410 and reads on after an ERROR event.

mod decode;
mod follow;
mod sink;
mod state;
#[cfg(test)]
mod tests;

use std::{
    collections::BTreeSet,
    fmt::{self, Debug},
    time::Duration,
};

use kube::api::ApiResource;
use serde::de::DeserializeOwned;

pub(crate) use self::{
    decode::Watched,
    sink::{NodeSink, ObjectSink, PodSink, ResourceSink},
    state::{WatchState, WatchStatus},
};

use self::{follow::End, state::Monitor};
use crate::{change::Key, client::Reader, clock::Clock, shutdown::Shutdown};

/// Where objects are watched
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Scope {
    /// In all namespaces, or of a cluster-scoped kind
    Cluster,
    /// In one namespace
    Namespace(String),
}

/// What one watch watches
#[derive(Clone, Debug)]
pub(crate) struct Target {
    /// The kind
    pub(crate) resource: ApiResource,
    /// Where
    pub(crate) scope: Scope,
    /// Label selector; everything otherwise
    pub(crate) selector: Option<String>,
}

/// Where a watch puts what it sees; called in order, never at the same time
pub(crate) trait Sink: Send + Sync + 'static {
    /// What the objects are decoded into
    type Object: DeserializeOwned + Clone + Debug + Send + 'static;

    /// An object is there, or changed; `listed` while the watch lists, which is not in order of time
    fn applied(&self, object: Watched<Self::Object>, listed: bool);

    /// An object is gone, or is not selected any more
    fn deleted(&self, object: Watched<Self::Object>);

    /// The list is complete: what is in the scope and not among `keys` is gone
    fn listed(&self, keys: &BTreeSet<Key>, version: Option<u64>);

    /// Everything up to this resourceVersion has been shown
    fn seen(&self, version: Option<u64>);
}

/// A watch that is kept alive
pub(crate) struct Watch<S> {
    client: kube::Client,
    clock: Clock,
    target: Target,
    sink: S,
    monitor: Monitor,
    rng: fastrand::Rng,
    failures: u32,
    starts_failed: u32,
}

// === impl Scope ===

impl Scope {
    /// One namespace, or the cluster for an empty name
    pub(crate) fn of(namespace: &str) -> Self {
        if namespace.is_empty() { Self::Cluster } else { Self::Namespace(namespace.to_owned()) }
    }

    /// Whether objects of this namespace are in the scope
    pub(crate) fn contains(&self, namespace: &str) -> bool {
        match self {
            Self::Cluster => true,
            Self::Namespace(name) => name == namespace,
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cluster => write!(out, "all namespaces"),
            Self::Namespace(name) => write!(out, "namespace `{name}`"),
        }
    }
}

// === impl Watch ===

impl<S: Sink> Watch<S> {
    /// Longest wait after the first failure; doubles with each further one
    const BACKOFF_BASE: Duration = Duration::from_secs(1);
    /// Longest wait
    const BACKOFF_CAP: Duration = Duration::from_secs(30);
    /// After this many failed starts in a row the watch lists again
    const STARTS_FAILED_MAX: u32 = 5;

    /// A watch that has not begun; `seed` makes its jitter repeatable
    pub(crate) fn new(client: kube::Client, clock: Clock, target: Target, sink: S, seed: u64) -> Self {
        let monitor = Monitor::new(&target, &clock);
        let rng = fastrand::Rng::with_seed(seed);
        Self { client, clock, target, sink, monitor, rng, failures: 0, starts_failed: 0 }
    }

    /// How the watch is, for readiness and metrics; stays valid while it runs
    pub(crate) fn status(&self) -> WatchStatus {
        self.monitor.status()
    }

    /// Lists and follows until the process ends
    pub(crate) async fn run(mut self, shutdown: Shutdown) {
        tokio::select! {
            () = shutdown.begun() => {}
            () = self.outlive_panics(&shutdown) => {}
        }
    }

    /// Begins anew after a panic, as after any failure: a watch that is dead would look well for ever
    async fn outlive_panics(&mut self, shutdown: &Shutdown) {
        while let Err(panic) = shutdown.catch("watch", self.supervise()).await {
            self.back_off("watch", &panic.to_string()).await;
        }
    }

    async fn supervise(&mut self) {
        let mut from = None;
        loop {
            let status = self.monitor.status();
            let next = async {
                match from.take() {
                    None => self.list().await,
                    Some(version) => self.follow_from(version).await,
                }
            };
            from = tokio::select! {
                from = next => from,
                () = status.asked_to_list() => None,
            };
        }
    }

    /// Lists everything; tells where to follow from, `None` if it has to be listed again
    async fn list(&mut self) -> Option<String> {
        let Target { resource, scope, selector } = &self.target;
        let mut keys = BTreeSet::new();
        let (sink, wanted) = (&self.sink, self.monitor.lists_wanted());
        let listed = Reader::new(self.client.clone())
            .pages(resource, scope, selector.as_deref(), |object: Watched<S::Object>| {
                keys.insert(object.key());
                sink.applied(object, true);
            })
            .await;
        match listed {
            Ok(version) if !version.is_empty() => {
                self.sink.listed(&keys, version.parse().ok());
                self.starts_failed = 0;
                self.monitor.listed(wanted);
                Some(version)
            }
            Ok(_) => {
                self.back_off("list", "the list has no resourceVersion").await;
                None
            }
            Err(error) => {
                self.monitor.forbidden(error.is_forbidden());
                let hint = if error.is_not_found() { "; is its definition installed?" } else { "" };
                self.back_off("list", &format!("{error}{hint}")).await;
                None
            }
        }
    }

    /// Follows one watch to its end; tells where to go on, `None` if it has to be listed again
    async fn follow_from(&mut self, version: String) -> Option<String> {
        match self.follow(version).await {
            // Ended in good health, as every watch does after some minutes: go on where it ended, at once.
            End::Lived { version } => Some(version),
            End::Short { version } => {
                self.back_off("watch", "the watch ends as soon as it is started").await;
                Some(version)
            }
            End::Cut { version, message } => {
                self.back_off("watch", &message).await;
                Some(version)
            }
            End::NotStarted { version, message } => {
                self.starts_failed += 1;
                self.back_off("watch", &message).await;
                (self.starts_failed < Self::STARTS_FAILED_MAX).then_some(version)
            }
            End::Lost { message } => {
                self.back_off("watch", &message).await;
                None
            }
        }
    }

    /// Waits, longer with each failure in a row; jitter keeps replicas and kinds apart
    async fn back_off(&mut self, verb: &str, message: &str) {
        self.monitor.failed(verb, message);
        let doubled = Self::BACKOFF_BASE.saturating_mul(1 << self.failures.min(16)).min(Self::BACKOFF_CAP);
        self.failures = self.failures.saturating_add(1);
        self.clock.sleep(doubled.mul_f64(0.5 + self.rng.f64() / 2.0)).await;
    }

    /// The watch is in good health: what failed before does not count any more
    fn recovered(&mut self) {
        self.failures = 0;
        self.starts_failed = 0;
        self.monitor.recovered();
    }
}
