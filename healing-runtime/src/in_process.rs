//! An operator inside a test: on the test's runtime and time, ended or killed as the test likes
//!
//! It owns the handle. What runs is the same as in a process, but for the servers and the signals.

use std::{fmt, sync::Arc, time::Duration};

use jiff::Timestamp;

use crate::{
    cache::{ObjectCache, PodCache},
    clock::Clock,
    events::{EventQueue, Reporter},
    kind::Registered,
    metrics::{Format, Metrics},
    run::{self, Process},
    serve::health::{CheckState, Health},
    shutdown::{Drain, Shutdown},
    storm::Tallies,
    watch::Scope,
};

/// Resources of one kind that are worked on at the same time, as by default in a process
const CONCURRENCY: usize = 4;

/// An operator that runs inside a test, see `Operator::in_process`; dropped, it is gone as if its process were killed
#[must_use = "the operator is killed as soon as it is dropped"]
pub struct InProcess {
    shutdown: Shutdown,
    metrics: Arc<Metrics>,
    health: Arc<Health>,
}

/// Not retried: what was declared cannot be run
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InProcessError(pub(crate) String);

// === impl InProcess ===

impl InProcess {
    pub(crate) fn start(
        operator: &str,
        kinds: &[Box<dyn Registered>],
        client: kube::Client,
        (now, namespaces): (Timestamp, &[String]),
    ) -> Self {
        let clock = Clock::tokio(now);
        let scopes: Vec<Scope> = match namespaces {
            [] => vec![Scope::Cluster],
            some => some.iter().cloned().map(Scope::Namespace).collect(),
        };
        let reporter = Reporter { controller: operator.to_owned(), instance: operator.to_owned() };
        let metrics = Arc::new(Metrics::default());
        let process = Process {
            operator: operator.to_owned(),
            client,
            shutdown: Shutdown::default(),
            health: Arc::new(Health::default()),
            pods: PodCache::new(clock.clone(), scopes.iter().cloned()),
            objects: ObjectCache::default(),
            tallies: Tallies::default(),
            events: Arc::new(EventQueue::new(reporter, metrics.events())),
            metrics,
            scopes,
            concurrency: CONCURRENCY,
            // a test is to be repeatable
            seed: 0,
            clock,
        };
        run::start(&process, kinds);
        Self {
            shutdown: process.shutdown.clone(),
            metrics: Arc::clone(&process.metrics),
            health: Arc::clone(&process.health),
        }
    }

    /// What `/metrics` would show, in the text form of Prometheus
    pub fn metrics(&self) -> String {
        self.metrics.expose(Format::Classic)
    }

    /// Whether `/readyz` would answer with success
    pub fn is_ready(&self) -> bool {
        self.health.ready.ask().iter().all(|(_, state)| matches!(state, CheckState::Ok))
    }

    /// Ends it in good order, as SIGTERM does; true if all its work was finished within `limit`
    pub async fn stop(self, limit: Duration) -> bool {
        self.shutdown.drain(limit).await == Drain::Drained
    }
}

impl Drop for InProcess {
    fn drop(&mut self) {
        self.shutdown.abort();
    }
}

impl fmt::Debug for InProcess {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("InProcess").field("is_ready", &self.is_ready()).finish_non_exhaustive()
    }
}
