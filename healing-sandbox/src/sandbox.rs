//! A Kubernetes for one test: an API server, its controllers and simulated nodes, on virtual time
//!
//! This file owns what a test holds, and time. What it looks at is in `look`; the parts are `host`'s and `kubelet`'s.

mod look;

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use kube::Client;
use serde_json::Value;
use tokio_util::task::AbortOnDropHandle;

use crate::clock::{Clock, SkewGuard};
use crate::fault::partition;
use crate::host::Host;
use crate::kubelet::{Kubelet, StartError};
use crate::serve::User;
use crate::service::InProcess;
use crate::show::{self, ShowError, TourError};
use crate::{Call, Failure, FailureGuard, FaultGuard, Pace, Pods, TraceEntry, Verdict};
pub use look::NeverSeen;

/// What the clock of a sandbox shows at its start
const ORIGIN: Timestamp = Timestamp::constant(1_767_225_600, 0);
/// Nodes of a sandbox
const NODES: u32 = 3;
/// A sandbox is quiet when nothing but leases and reports of nodes was written for this long
const QUIET: Duration = Duration::from_secs(30);
/// Longest time that [`Sandbox::settle`] lets pass
const SETTLE_MAX: Duration = Duration::from_hours(1);

/// A Kubernetes in this process, in memory alone
///
/// # Flow
/// 1. an API server with its controllers  2. a kubelet with three nodes  3. clients that ask it without a socket
/// # Guarantees
/// On a runtime with paused time (`#[tokio::test(start_paused = true)]`) the same seed and the same requests give the
/// same answers. Nothing is left when it is dropped.
/// # Assumptions
/// One sandbox a test; whoever asks it runs in the same runtime.
/// # Caveats
/// Without paused time it works too, in real time.
/// # Errors
/// [`StartError`] of its kubelet.
#[derive(Debug)]
pub struct Sandbox {
    host: Host,
    kubelet: Kubelet,
    kubelet_clock: Clock,
    seed: u64,
    _controllers: AbortOnDropHandle<()>,
}

// === impl Sandbox ===

impl Sandbox {
    /// Starts one; chance comes from `seed` alone
    ///
    /// # Errors
    /// [`StartError`]
    pub async fn start(seed: u64) -> Result<Self, StartError> {
        let host = Host::new(seed, Clock::starting_at(ORIGIN));
        let controllers = host.start_controllers();
        let client = InProcess::client(&host, User::kubelet(), "default");
        let kubelet = Kubelet::builder(client).nodes(NODES).node_prefix("node").pace(Pace::lively());
        let kubelet_clock = host.clock().apart();
        let kubelet = kubelet.clock(kubelet_clock.clone()).logs(host.keep_logs()).start().await?;
        Ok(Self { host, kubelet, kubelet_clock, seed, _controllers: controllers })
    }

    /// A client that may do everything, in the namespace `default`
    pub fn client(&self) -> Client {
        InProcess::client(&self.host, User::admin(), "default")
    }

    /// A client as [`Self::client`] gives, that calls itself `name`: so rules, [`Self::partition`] and the trace know it
    pub fn client_named(&self, name: &str) -> Client {
        InProcess::named(&self.host, User::admin(), "default", name)
    }

    /// The seed that it was started with
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// What its clock shows
    pub fn now(&self) -> Timestamp {
        self.host.clock().now()
    }

    /// The kubelet, with its nodes
    pub fn kubelet(&self) -> &Kubelet {
        &self.kubelet
    }

    /// Makes pods fail until the guard is dropped, see [`Kubelet::fail`]
    pub fn fail(&self, pods: Pods, failure: Failure) -> FailureGuard {
        self.kubelet.fail(pods, failure)
    }

    /// Makes requests meet a fault until the guard is dropped; those of the kubelet simulator do not
    ///
    /// The rule is asked for each request of each client, in this process or over HTTPS, before the API server sees it,
    /// and again and again for a watch that is open ([`Call::has_begun`]). The newest rule that does not say
    /// [`Verdict::Pass`] decides. It must not block.
    pub fn fault(&self, rule: impl Fn(&Call) -> Verdict + Send + Sync + 'static) -> FaultGuard {
        self.host.faults().add(rule, false)
    }

    /// As [`Self::fault`], but the rule is also asked for requests of the kubelet simulator
    pub fn fault_with_kubelet(&self, rule: impl Fn(&Call) -> Verdict + Send + Sync + 'static) -> FaultGuard {
        self.host.faults().add(rule, true)
    }

    /// Starts the API server anew: what is stored stays, its history is lost, and open watches break off
    ///
    /// Whoever watches has to list again. This is also for the kubelet simulator.
    pub fn forget_history(&self) {
        self.host.forget_history();
    }

    /// Cuts one client off until the guard is dropped: its requests do not reach the server, its open watches tell nothing
    ///
    /// `who` is its user, or what it calls itself (`User-Agent`, up to the first `/`); `kubelet` is the kubelet
    /// simulator, whose nodes are then lost to the cluster after a while.
    pub fn partition(&self, who: &str) -> FaultGuard {
        self.host.faults().add(partition(who), true)
    }

    /// Lets the clock of the kubelet simulator go wrong by so much, until the guard is dropped
    ///
    /// The times that it writes are wrong then: in leases, conditions, and the states of containers.
    pub fn skew_kubelet(&self, by: SignedDuration) -> SkewGuard {
        self.kubelet_clock.skew(by)
    }

    /// What happened so far: a line a request and a line a change by a controller, the latest 10,000
    pub fn trace(&self) -> Vec<TraceEntry> {
        self.host.trace().entries()
    }

    /// Applies objects, definitions first
    ///
    /// # Errors
    /// [`ShowError::Apply`] with what the API server says.
    pub async fn apply(&self, objects: &[Value]) -> Result<(), ShowError> {
        show::apply(&self.client(), objects).await
    }

    /// Goes through the tour of `--demo` on the first of `objects` that is no definition
    ///
    /// # Errors
    /// [`TourError`]
    pub async fn tour(&self, objects: &[Value], say: impl FnMut(&str) + Send) -> Result<(), TourError> {
        show::tour(self.client(), self.host.clock().clone(), objects, say).await
    }

    /// Lets time pass, with everything that happens meanwhile
    pub async fn advance(&self, duration: Duration) {
        self.host.clock().sleep(duration).await;
    }

    /// Lets time pass until nothing changes any more; returns how long that took
    ///
    /// Quiet means that for half a minute nothing was written but leases and nodes. Who waits longer than that between two
    /// writes, such as a backoff of minutes or the cluster's patience with a lost node, is taken for quiet: wait for that
    /// with [`Self::eventually`]. What changes for ever, such as a crash loop, ends it after an hour.
    pub async fn settle(&self) -> Duration {
        let start = self.now();
        let passed = |now: Timestamp| Duration::try_from(now.duration_since(start)).unwrap_or_default();
        loop {
            let before = self.written();
            self.advance(QUIET).await;
            if before == self.written() || passed(self.now()) >= SETTLE_MAX {
                return passed(self.now());
            }
        }
    }

    /// Revision of the newest change of anything but leases and nodes
    fn written(&self) -> u64 {
        self.host.with(|server, _| server.revision_but_of(&["leases", "nodes"]))
    }
}

#[cfg(test)]
mod tests;
