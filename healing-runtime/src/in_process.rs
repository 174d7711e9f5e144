//! An operator inside a test: on the test's runtime and time, ended or killed as the test likes
//!
//! It owns the handle. What runs is the same as in a process, but for the servers and the signals.

use std::{fmt, sync::Arc, time::Duration};

use jiff::Timestamp;
use tokio::sync::watch;

use crate::{
    clock::Clock,
    election::{Election, Identity, LeaseLost, Release, Settings},
    kind::Registered,
    metrics::{Format, Metrics},
    process::{Candidacy, Process, Setup},
    run,
    serve::health::{CheckState, Health},
    shutdown::{Drain, Shutdown},
};

/// Resources of one kind that are worked on at the same time, as by default in a process
const CONCURRENCY: usize = 4;

/// An operator that runs inside a test, see `Operator::in_process`; dropped, it is gone as if its process were killed
#[must_use = "the operator is killed as soon as it is dropped"]
pub struct InProcess {
    shutdown: Shutdown,
    metrics: Arc<Metrics>,
    health: Arc<Health>,
    election: Option<Elected>,
}

/// The election of an operator in a test; it goes on while the operator drains
struct Elected {
    task: Shutdown,
    release: Release,
    lost: watch::Receiver<Option<LeaseLost>>,
}

/// Where an operator in a test runs
pub(crate) struct Ground<'a> {
    pub(crate) client: kube::Client,
    pub(crate) now: Timestamp,
    pub(crate) namespaces: &'a [String],
    /// Takes part in this election
    pub(crate) election: Option<Settings>,
}

/// Not retried: what was declared cannot be run
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InProcessError(pub(crate) String);

// === impl InProcess ===

impl InProcess {
    pub(crate) fn start(operator: &str, kinds: &[Box<dyn Registered>], ground: Ground<'_>) -> Self {
        let Ground { client, now, namespaces, election } = ground;
        let (process, election) = Process::new(Setup {
            operator,
            instance: operator,
            namespaces: namespaces.to_vec(),
            concurrency: CONCURRENCY,
            // a test is to be repeatable
            seed: 0,
            election: election.as_ref().map(|settings| Candidacy {
                client: client.clone(),
                settings,
                identity: Identity::in_test(operator),
            }),
            client,
            clock: Clock::tokio(now),
        });
        run::start(&process, kinds);
        Self {
            election: election.map(|election| Elected::start(election, process.shutdown.clone())),
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

    /// Waits until it has lost its lease and ended, and says why; for ever without leader election
    pub async fn until_lost(&self) -> String {
        if let Some(elected) = &self.election {
            let mut lost = elected.lost.clone();
            if let Ok(lost) = lost.wait_for(Option::is_some).await {
                return lost.as_ref().map(ToString::to_string).unwrap_or_default();
            }
        }
        std::future::pending().await
    }

    /// Ends it in good order, as SIGTERM does; true if all its work was finished within `limit`
    ///
    /// A lease is given back then.
    pub async fn stop(self, limit: Duration) -> bool {
        let drained = self.shutdown.drain(limit).await == Drain::Drained;
        if let Some(elected) = self.election.as_ref().filter(|_| drained) {
            elected.release.ask();
            let _in_time = tokio::time::timeout(Release::LIMIT, elected.release.done()).await;
        }
        drained
    }
}

// === impl Elected ===

impl Elected {
    fn start(election: Election, operator: Shutdown) -> Self {
        let (task, release) = (Shutdown::default(), election.release());
        let (send, lost) = watch::channel(None);
        task.spawn("election", async move {
            if let Err(loss) = election.run().await {
                operator.abort();
                send.send_replace(Some(loss));
            }
        });
        Self { task, release, lost }
    }
}

impl Drop for InProcess {
    fn drop(&mut self) {
        self.shutdown.abort();
        if let Some(elected) = &self.election {
            elected.task.abort();
        }
    }
}

impl fmt::Debug for InProcess {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("InProcess").field("is_ready", &self.is_ready()).finish_non_exhaustive()
    }
}
