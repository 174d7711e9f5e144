//! A Kubernetes for `kubectl` and for programs under way: in this process, in real time, reachable on loopback
//!
//! It owns how the parts are put together and taken apart. The parts are `host`'s, `serve`'s and `kubelet`'s; for
//! tests, on virtual time and without a socket, there is [`Sandbox`](crate::Sandbox).

use std::path::Path;

use jiff::SignedDuration;
use tokio_util::task::AbortOnDropHandle;

use crate::clock::{Clock, SkewGuard};
use crate::fault::partition;
use crate::host::Host;
use crate::kubelet::pace::Pace;
use crate::kubelet::{Kubelet, StartError};
use crate::serve::{self, ServeError, Served, User};
use crate::service::InProcess;
use crate::{Call, FaultGuard, TraceEntry, Verdict};

/// A running Kubernetes in this process, in memory alone
///
/// # Flow
/// 1. an API server with its controllers  2. the kubelet simulator with its nodes, which asks without a socket  3. HTTPS
///    on 127.0.0.1 and a kubeconfig, see [`Served`]
/// # Guarantees
/// Once it is started the nodes are there and Ready. What it is asked to store is in memory, and gone with it; so is the
/// kubeconfig.
/// # Assumptions
/// A tokio runtime in real time.
/// # Caveats
/// See [`Served`] and [`Kubelet`]. Nobody is kept from anything: there is no RBAC.
/// # Errors
/// [`EmbeddedError`]; nothing is left behind then.
#[must_use = "it ends as soon as it is dropped"]
#[derive(Debug)]
pub struct Embedded {
    served: Served,
    kubelet: Kubelet,
    kubelet_clock: Clock,
    host: Host,
    _controllers: AbortOnDropHandle<()>,
}

/// What an [`Embedded`] is to be like
#[derive(Clone, Debug)]
pub struct EmbeddedOptions {
    /// Simulated nodes; 3 by default
    pub nodes: u32,
    /// How fast pods live; [`Pace::real`] by default
    pub pace: Pace,
    /// The front on loopback
    pub serve: serve::Options,
    /// Where UIDs and generated names come from; by default different ones at each start
    pub seed: Option<u64>,
}

/// Why an [`Embedded`] did not start
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EmbeddedError {
    /// Not retried: the front cannot be reached as asked
    #[error(transparent)]
    Serve(#[from] ServeError),
    /// Not retried: the nodes did not come up
    #[error(transparent)]
    Kubelet(#[from] StartError),
}

// === impl Embedded ===

impl Embedded {
    /// Starts one
    ///
    /// # Errors
    /// [`EmbeddedError`]
    pub async fn start(options: EmbeddedOptions) -> Result<Self, EmbeddedError> {
        let clock = Clock::system();
        let started = clock.now().as_microsecond().cast_unsigned();
        let host = Host::new(options.seed.unwrap_or(started), clock.clone());
        let controllers = host.start_controllers();
        let client = InProcess::client(&host, User::kubelet(), "default");
        let kubelet_clock = clock.apart();
        let kubelet = Kubelet::builder(client).nodes(options.nodes).node_prefix("node").pace(options.pace);
        let kubelet = kubelet.clock(kubelet_clock.clone()).logs(host.keep_logs()).start().await?;
        // Last, so that who reads the kubeconfig finds everything there.
        let served = serve::start(host.clone(), options.serve).await?;
        Ok(Self { served, kubelet, kubelet_clock, host, _controllers: controllers })
    }

    /// The kubeconfig of a user that may do everything
    pub fn kubeconfig(&self) -> &Path {
        &self.served.kubeconfig
    }

    /// How a client in this process asks over loopback, as others do
    pub fn config(&self) -> &kube::Config {
        &self.served.config
    }

    /// A client that asks without a socket, as a user that may do everything, in the namespace `default`
    pub fn client(&self) -> kube::Client {
        InProcess::client(&self.host, User::admin(), "default")
    }

    /// The kubelet simulator, for failures of pods and nodes
    pub fn kubelet(&self) -> &Kubelet {
        &self.kubelet
    }

    /// Makes requests meet a fault until the guard is dropped, see [`Sandbox::fault`](crate::Sandbox::fault)
    pub fn fault(&self, rule: impl Fn(&Call) -> Verdict + Send + Sync + 'static) -> FaultGuard {
        self.host.faults().add(rule, false)
    }

    /// As [`Self::fault`], but the rule is also asked for requests of the kubelet simulator
    pub fn fault_with_kubelet(&self, rule: impl Fn(&Call) -> Verdict + Send + Sync + 'static) -> FaultGuard {
        self.host.faults().add(rule, true)
    }

    /// Starts the API server anew, see [`Sandbox::forget_history`](crate::Sandbox::forget_history)
    pub fn forget_history(&self) {
        self.host.forget_history();
    }

    /// Cuts one client off until the guard is dropped, see [`Sandbox::partition`](crate::Sandbox::partition)
    pub fn partition(&self, who: &str) -> FaultGuard {
        self.host.faults().add(partition(who), true)
    }

    /// Lets the clock of the kubelet simulator go wrong until the guard is dropped, see [`Sandbox::skew_kubelet`](crate::Sandbox::skew_kubelet)
    pub fn skew_kubelet(&self, by: SignedDuration) -> SkewGuard {
        self.kubelet_clock.skew(by)
    }

    /// What happened so far, see [`Sandbox::trace`](crate::Sandbox::trace)
    pub fn trace(&self) -> Vec<TraceEntry> {
        self.host.trace().entries()
    }

    /// Ends it in good order, see [`Served::stop`]; dropping it ends all at once
    pub async fn stop(self) {
        self.kubelet.stop().await;
        self.served.stop().await;
    }
}

// === impl EmbeddedOptions ===

impl Default for EmbeddedOptions {
    fn default() -> Self {
        Self { nodes: 3, pace: Pace::real(), serve: serve::Options::default(), seed: None }
    }
}

#[cfg(test)]
mod tests {
    use k8s_openapi::api::core::v1::{ConfigMap, Node};
    use kube::api::{ListParams, PostParams};
    use kube::{Api, Client};
    use serde_json::json;

    use super::*;

    #[tokio::test]
    async fn both_ways_lead_to_the_same_server() {
        let embedded =
            Embedded::start(EmbeddedOptions { nodes: 2, ..EmbeddedOptions::default() }).await.unwrap();
        let loopback = Client::try_from(embedded.config().clone()).unwrap();
        let nodes = Api::<Node>::all(loopback.clone()).list(&ListParams::default()).await.unwrap();
        let names: Vec<_> = nodes.items.iter().map(|node| node.metadata.name.as_deref().unwrap()).collect();
        assert_eq!(names, ["node-1", "node-2"]);

        let map = serde_json::from_value(json!({"metadata": {"name": "a"}, "data": {"b": "c"}})).unwrap();
        let in_process: Api<ConfigMap> = Api::default_namespaced(embedded.client());
        let created = in_process.create(&PostParams::default(), &map).await.unwrap();
        let read = Api::<ConfigMap>::default_namespaced(loopback).get("a").await.unwrap();
        assert_eq!(created, read);

        let kubeconfig = embedded.kubeconfig().to_owned();
        assert!(kubeconfig.exists());
        embedded.stop().await;
        assert!(!kubeconfig.exists());
    }
}
