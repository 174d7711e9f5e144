//! A simulated kubelet: nodes, and the pods on them, moved through the public API of any API server
//!
//! This file owns the handle that tests hold and its start and end. What a pod does is decided in `pod`, which sends
//! nothing; what is sent is in `request` and `node`.

mod condition;
mod container;
mod driver;
pub(crate) mod failure;
mod grace;
pub(crate) mod log;
pub(crate) mod node;
pub(crate) mod pace;
mod patch;
mod placement;
mod pod;
mod request;
pub(crate) mod rule;
mod scene;
pub(crate) mod watch;

use std::sync::Arc;

use kube::Client;
use tokio_util::task::AbortOnDropHandle;

use self::driver::{Driver, Tools};
use self::failure::Failure;
use self::log::{LogLine, LogSink};
use self::node::{Capacity, NodeError, NodeHandle, Nodes};
use self::pace::Pace;
use self::rule::{FailureGuard, Pods, Rules};
use crate::clock::Clock;

/// Annotation with which a pod chooses its own failure, such as `crash-loop`
///
/// On a simulated node the value `down` takes the node down, see [`NodeHandle::down`]; without it the node is up again.
pub const FAIL_ANNOTATION: &str = "sandbox.healing.dev/fail";

/// A running kubelet simulator
///
/// # Flow
/// 1. registers its nodes, reports them Ready, renews their leases  2. binds pods that have no node and name no other
///    scheduler  3. moves the pods on its nodes: created, init containers, running, ready  4. ends deleted pods within
///    their grace period and deletes their objects
/// # Guarantees
/// Uses the public API only and writes only the status of pods on its nodes; every write names the pod's UID. The
/// history of each pod is legal: restart counts only grow, a pod that ended stays ended, conditions follow from the
/// containers and change their time only with their status. At most 32 requests at a time, one per pod.
/// # Assumptions
/// Nobody else writes the status of the same pods. The client's own retries are off, or the caller's wish.
/// # Caveats
/// Placement looks at readiness, cordons, `nodeSelector` and preferred node affinity only, and takes the node with the
/// fewest pods. A kubelet that starts anew goes on from the pods' statuses; waits that are shorter than a second start
/// again.
/// # Errors
/// [`StartError`]. Later failures are retried for ever, with growing waits.
#[derive(Debug)]
pub struct Kubelet {
    rules: Arc<Rules>,
    nodes: Arc<Nodes>,
    task: AbortOnDropHandle<()>,
}

/// What a [`Kubelet`] is to be like
#[must_use = "nothing starts before `start`"]
#[derive(Clone)]
pub struct KubeletBuilder {
    client: Client,
    prefix: String,
    nodes: u32,
    capacity: Capacity,
    pace: Pace,
    clock: Clock,
    namespaces: Vec<String>,
    logs: Option<LogSink>,
}

/// Why a kubelet did not start
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// Not retried: a node with this name belongs to somebody else
    #[error("node `{name}` exists and is not simulated; choose another prefix")]
    NodeTaken {
        /// Name of the node
        name: String,
    },
    /// Retried for 30 s before it is reported: the API server did not answer
    #[error("no answer while registering node `{name}`; is the API server up?")]
    Unanswered {
        /// Name of the node
        name: String,
    },
    /// Retried for 30 s if it may pass, before it is reported: the API server refused it or could not be reached
    #[error("cannot register node `{name}`: {source}")]
    Refused {
        /// Name of the node
        name: String,
        /// What the client says
        source: Box<kube::Error>,
    },
}

// === impl KubeletBuilder ===

impl KubeletBuilder {
    /// Number of nodes; 1 by default
    pub fn nodes(mut self, nodes: u32) -> Self {
        self.nodes = nodes;
        self
    }

    /// What the names of the nodes begin with, a dash and a number follow; `sandbox` by default
    pub fn node_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// What each node says it has, as Kubernetes quantities and a number of pods; `64`, `256Gi`, 1000 by default
    pub fn node_capacity(mut self, cpu: impl Into<String>, memory: impl Into<String>, pods: u32) -> Self {
        self.capacity = Capacity { cpu: cpu.into(), memory: memory.into(), pods };
        self
    }

    /// How fast pods live; [`Pace::real`] by default
    pub fn pace(mut self, pace: Pace) -> Self {
        self.pace = pace;
        self
    }

    /// Where the time comes from; [`Clock::system`] by default
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// The only namespaces whose pods are moved; all by default
    pub fn namespaces<N: Into<String>>(mut self, namespaces: impl IntoIterator<Item = N>) -> Self {
        self.namespaces = namespaces.into_iter().map(Into::into).collect();
        self
    }

    /// Who takes what the simulated containers say; nobody by default
    ///
    /// It is called in the kubelet's task, after the status that a line tells of was written, and must not wait. Lines
    /// of a write that was not answered are lost.
    pub fn logs(mut self, take: impl Fn(&LogLine) + Send + Sync + 'static) -> Self {
        self.logs = Some(Arc::new(take));
        self
    }

    /// Registers the nodes and starts the task; must be called in a tokio runtime
    ///
    /// # Errors
    /// [`StartError`]; nodes that were registered by then stay.
    pub async fn start(self) -> Result<Kubelet, StartError> {
        let rules = Arc::new(Rules::default());
        let nodes = Arc::new(Nodes::new(self.prefix, self.nodes, self.capacity, Arc::clone(&rules)));
        node::register(&self.client, &nodes, &self.clock).await?;
        let tools = Tools {
            client: self.client,
            clock: self.clock,
            pace: self.pace,
            rules: Arc::clone(&rules),
            nodes: Arc::clone(&nodes),
            logs: self.logs,
        };
        let task = spawn(live(tools, self.namespaces));
        Ok(Kubelet { rules, nodes, task })
    }
}

impl std::fmt::Debug for KubeletBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut debug = f.debug_struct("KubeletBuilder");
        debug.field("prefix", &self.prefix).field("nodes", &self.nodes).field("pace", &self.pace);
        debug.field("namespaces", &self.namespaces).finish_non_exhaustive()
    }
}

// === impl Kubelet ===

impl Kubelet {
    /// A kubelet that will speak to the API server of `client`, as whoever `client` is
    ///
    /// It needs to read and create nodes and leases, to write their status and that of pods, to bind and to delete pods.
    pub fn builder(client: Client) -> KubeletBuilder {
        KubeletBuilder {
            client,
            prefix: "sandbox".to_owned(),
            nodes: 1,
            capacity: Capacity { cpu: "64".to_owned(), memory: "256Gi".to_owned(), pods: 1000 },
            pace: Pace::default(),
            clock: Clock::default(),
            namespaces: Vec::new(),
            logs: None,
        }
    }

    /// Makes pods fail until the guard is dropped
    ///
    /// It strikes pods that exist and pods that come later. Where several failures cover a pod, the one added last
    /// wins; any of them wins over the pod's own annotation.
    pub fn fail(&self, pods: Pods, failure: Failure) -> FailureGuard {
        self.rules.add(pods, failure)
    }

    /// Names of the nodes
    pub fn nodes(&self) -> Vec<String> {
        self.nodes.names()
    }

    /// The node of this name, if it is one of [`Kubelet::nodes`]
    pub fn node(&self, name: &str) -> Option<NodeHandle<'_>> {
        self.nodes.handle(name)
    }

    /// Ends the task and waits for its end; requests that are out may or may not happen
    ///
    /// Nodes and pods stay as they are. Dropping the kubelet ends the task without waiting.
    pub async fn stop(self) {
        self.task.abort();
        if let Err(error) = self.task.await
            && let Ok(panic) = error.try_into_panic()
        {
            // A predicate of the test panicked in the task: the test must see it
            std::panic::resume_unwind(panic);
        }
    }
}

impl From<(String, NodeError)> for StartError {
    fn from((name, error): (String, NodeError)) -> Self {
        match error {
            NodeError::Taken => Self::NodeTaken { name },
            NodeError::Unanswered => Self::Unanswered { name },
            NodeError::Refused(source) => Self::Refused { name, source: Box::new(source) },
        }
    }
}

/// Pods and heartbeats, side by side
async fn live(tools: Tools, namespaces: Vec<String>) {
    let beats = tools.clone();
    tokio::join!(
        Driver::new(tools).run(namespaces),
        node::beat(&beats.client, &beats.nodes, &beats.clock, beats.pace.heartbeat),
    );
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one place that spawns; the handle ends the task when it is dropped"
)]
fn spawn(task: impl Future<Output = ()> + Send + 'static) -> AbortOnDropHandle<()> {
    AbortOnDropHandle::new(tokio::spawn(task))
}
