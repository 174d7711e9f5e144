//! Simulated nodes: their registration, their leases and heartbeats, and being down
//!
//! Which pods go to a node is `placement`'s business.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::stream::{FuturesUnordered, StreamExt};
use jiff::Timestamp;
use k8s_openapi::api::coordination::v1::Lease;
use k8s_openapi::api::core::v1::Node;
use kube::api::{Patch, PatchParams, PostParams};
use kube::{Api, Client};
use serde_json::{Value, json};
use tokio::sync::Notify;

use super::FAIL_ANNOTATION;
use super::request::{DEADLINE, FIELD_MANAGER};
use super::rule::Rules;
use crate::clock::{Clock, later};

/// Label that marks our nodes; its value is the prefix of their names
pub(crate) const NODE_LABEL: &str = "sandbox.healing.dev/kubelet";

/// Value of [`FAIL_ANNOTATION`] that takes a node down
const DOWN: &str = "down";

const LEASE_NAMESPACE: &str = "kube-node-lease";
const LEASE_SECS: i32 = 40;
/// How long a start waits for an API server that is not quite up
const START_LIMIT: Duration = Duration::from_secs(30);
const START_WAIT: Duration = Duration::from_millis(200);

/// One simulated node, to take it down and up again
#[derive(Debug)]
pub struct NodeHandle<'a> {
    nodes: &'a Nodes,
    name: String,
}

/// The nodes of one kubelet, shared by its task and its handles
#[derive(Debug)]
pub(crate) struct Nodes {
    prefix: String,
    capacity: Capacity,
    power: Mutex<BTreeMap<String, Power>>,
    /// Wakes the heartbeats
    beat_now: Notify,
    /// Wakes the pods
    rules: Arc<Rules>,
}

/// What decides whether a node is up
#[derive(Clone, Debug, Default)]
struct Power {
    /// Whether its handle took it down
    down: bool,
    /// What its annotation says
    wish: Option<String>,
    /// What the watch last told of it
    seen: Option<Seen>,
}

/// What a heartbeat has to know of a node
#[derive(Clone, Debug)]
struct Seen {
    uid: String,
    /// When the status was sent, if it says Ready
    reported: Option<Timestamp>,
}

/// What each node offers
#[derive(Clone, Debug)]
pub(crate) struct Capacity {
    pub(crate) cpu: String,
    pub(crate) memory: String,
    pub(crate) pods: u32,
}

/// Why a node could not be registered or kept alive
#[derive(Debug, thiserror::Error)]
pub(crate) enum NodeError {
    /// Not retried: the node belongs to somebody else
    #[error("a node of this name exists that is not ours")]
    Taken,
    /// Retried at the next heartbeat: may have happened
    #[error("no answer within {DEADLINE:?}")]
    Unanswered,
    /// Retried at the next heartbeat: the API server refused it or could not be reached
    #[error(transparent)]
    Refused(#[from] kube::Error),
}

// === impl NodeHandle ===

impl NodeHandle<'_> {
    /// Name of the node
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The node stops reporting and its pods stop moving, as with the power gone
    ///
    /// The cluster notices when its own patience ends (by default after 50 s); pods are placed there until then.
    pub fn down(&self) {
        self.set(true);
    }

    /// The node reports again at once, and its pods go on from where they are
    ///
    /// A node that [`FAIL_ANNOTATION`] takes down stays down until that is gone too.
    pub fn up(&self) {
        self.set(false);
    }

    fn set(&self, down: bool) {
        if let Some(power) = self.nodes.lock().get_mut(&self.name) {
            power.down = down;
        }
        self.nodes.wake();
    }
}

// === impl Nodes ===

impl Nodes {
    pub(crate) fn new(prefix: String, count: u32, capacity: Capacity, rules: Arc<Rules>) -> Self {
        let power = (1..=count).map(|number| (format!("{prefix}-{number}"), Power::default())).collect();
        Self { prefix, capacity, power: Mutex::new(power), beat_now: Notify::new(), rules }
    }

    pub(crate) fn prefix(&self) -> &str {
        &self.prefix
    }

    pub(crate) fn names(&self) -> Vec<String> {
        self.lock().keys().cloned().collect()
    }

    pub(crate) fn handle(&self, name: &str) -> Option<NodeHandle<'_>> {
        self.lock().contains_key(name).then(|| NodeHandle { nodes: self, name: name.to_owned() })
    }

    /// Whether the node is ours and up
    pub(crate) fn is_up(&self, name: &str) -> bool {
        self.lock().get(name).is_some_and(|power| !power.is_down())
    }

    pub(crate) fn is_ours(&self, name: &str) -> bool {
        self.lock().contains_key(name)
    }

    /// Takes what the watch tells of a node: its annotation, and how it stands; none if there is no such node
    pub(crate) fn note(&self, name: &str, node: Option<&Node>) {
        let annotations = node.and_then(|node| node.metadata.annotations.as_ref());
        let wish = annotations.and_then(|annotations| annotations.get(FAIL_ANNOTATION)).map(String::as_str);
        let mut nodes = self.lock();
        let Some(power) = nodes.get_mut(name) else { return };
        power.seen = node.map(Seen::of);
        if power.wish.as_deref() == wish {
            return;
        }
        power.wish = wish.map(str::to_owned);
        drop(nodes);
        if let Some(wish) = wish.filter(|wish| *wish != DOWN) {
            let hint = "a node knows `down` alone";
            tracing::warn!(node = name, annotation = FAIL_ANNOTATION, wish, hint, "annotation ignored");
        }
        self.wake();
    }

    fn wake(&self) {
        self.beat_now.notify_one();
        self.rules.notify();
    }

    fn seen(&self, name: &str) -> Option<Seen> {
        self.lock().get(name)?.seen.clone()
    }

    /// Address of a node: a number of its own in a network that no one routes
    pub(crate) fn address(name: &str) -> String {
        let number: u32 =
            name.rsplit_once('-').and_then(|(_, number)| number.parse().ok()).unwrap_or_default();
        format!("10.255.{}.{}", number / 250, number % 250 + 1)
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Power>> {
        self.power.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// === impl Power ===

impl Power {
    fn is_down(&self) -> bool {
        self.down || self.wish.as_deref() == Some(DOWN)
    }
}

// === impl Seen ===

impl Seen {
    fn of(node: &Node) -> Self {
        let conditions = node.status.as_ref().and_then(|status| status.conditions.as_ref());
        let ready = conditions.into_iter().flatten().find(|condition| condition.type_ == "Ready");
        let reported = ready
            .filter(|ready| ready.status == "True")
            .and_then(|ready| ready.last_heartbeat_time.as_ref())
            .map(|time| time.0);
        Self { uid: node.metadata.uid.clone().unwrap_or_default(), reported }
    }

    /// Whether the status says Ready, and was sent so lately that a kubelet would not send it again
    fn is_reported(&self, now: Timestamp) -> bool {
        self.reported.is_some_and(|sent| {
            Duration::try_from(now.duration_since(sent)).unwrap_or_default() < REPORT_AGAIN
        })
    }
}

// === registration and heartbeats ===

/// Creates all nodes and makes them Ready; fails with the name of the first node that cannot be
pub(crate) async fn register(
    client: &Client,
    nodes: &Nodes,
    clock: &Clock,
) -> Result<(), (String, NodeError)> {
    let limit = later(clock.now(), START_LIMIT);
    for name in nodes.names() {
        loop {
            let result = match create(client, nodes, &name).await {
                Ok(()) => report(client, nodes, &name, clock).await,
                Err(error) => Err(error),
            };
            match result {
                Ok(()) => break,
                Err(error) if error.may_pass() && clock.now() < limit => clock.sleep(START_WAIT).await,
                Err(error) => return Err((name, error)),
            }
        }
    }
    Ok(())
}

/// A status in which nothing changes is sent again after this time, as a real kubelet does
const REPORT_AGAIN: Duration = Duration::from_mins(5);

/// Keeps the nodes that are up alive, for ever
pub(crate) async fn beat(client: &Client, nodes: &Nodes, clock: &Clock, every: Duration) {
    loop {
        tokio::select! {
            () = clock.sleep(every) => {}
            () = nodes.beat_now.notified() => {}
        }
        let up = nodes.names().into_iter().filter(|name| nodes.is_up(name));
        let mut reports: FuturesUnordered<_> =
            up.map(|name| async move { (report(client, nodes, &name, clock).await, name) }).collect();
        while let Some((result, node)) = reports.next().await {
            if let Err(error) = result {
                tracing::warn!(node, %error, "heartbeat failed; the next one tries again");
            }
        }
    }
}

async fn create(client: &Client, nodes: &Nodes, name: &str) -> Result<(), NodeError> {
    let api: Api<Node> = Api::all(client.clone());
    let labels = json!({
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": "linux",
        "kubernetes.io/arch": "amd64",
        NODE_LABEL: nodes.prefix,
    });
    let node = value(json!({ "metadata": { "name": name, "labels": labels } }))?;
    match within(api.create(&PostParams::default(), &node)).await {
        Err(NodeError::Refused(kube::Error::Api(status))) if status.code == 409 => {}
        other => return other.map(drop),
    }
    let there = within(api.get(name)).await?;
    let ours = there.metadata.labels.unwrap_or_default().get(NODE_LABEL) == Some(&nodes.prefix);
    if ours { Ok(()) } else { Err(NodeError::Taken) }
}

/// The node's status and its lease, renewed
async fn report(client: &Client, nodes: &Nodes, name: &str, clock: &Clock) -> Result<(), NodeError> {
    let known = nodes.seen(name).filter(|seen| seen.is_reported(clock.now()));
    let uid = match known {
        // most heartbeats: nothing is to be said but that the node lives
        Some(seen) => seen.uid,
        None => report_status(client, nodes, name, clock).await?,
    };
    renew(client, name, &uid, clock).await
}

/// The node's status, if it is not what it should be; returns the node's UID
async fn report_status(
    client: &Client,
    nodes: &Nodes,
    name: &str,
    clock: &Clock,
) -> Result<String, NodeError> {
    let api: Api<Node> = Api::all(client.clone());
    let before = within(api.get(name)).await?;
    let seen = Seen::of(&before);
    if !seen.is_reported(clock.now()) {
        let patch = Patch::Strategic(json!({ "status": status(nodes, name, &before, clock) }));
        within(api.patch_status(name, &params(), &patch)).await?;
    }
    Ok(seen.uid)
}

fn status(nodes: &Nodes, name: &str, before: &Node, clock: &Clock) -> Value {
    let Capacity { cpu, memory, pods } = &nodes.capacity;
    let resources = json!({ "cpu": cpu, "memory": memory, "pods": pods.to_string() });
    let now = clock.now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let known = before.status.as_ref().and_then(|status| status.conditions.as_deref()).unwrap_or_default();
    let condition = |kind: &str, status: &str, reason: &str| {
        let same = known.iter().find(|old| old.type_ == kind && old.status == status);
        let since = same
            .and_then(|old| old.last_transition_time.as_ref())
            .map_or_else(|| json!(now), |time| json!(time));
        json!({
            "type": kind, "status": status, "reason": reason, "message": "simulated",
            "lastHeartbeatTime": now, "lastTransitionTime": since,
        })
    };
    json!({
        "capacity": resources,
        "allocatable": resources,
        "addresses": [
            { "type": "InternalIP", "address": Nodes::address(name) },
            { "type": "Hostname", "address": name },
        ],
        "nodeInfo": { "kubeletVersion": concat!("v", env!("CARGO_PKG_VERSION"), "-simulated") },
        "conditions": [
            condition("MemoryPressure", "False", "KubeletHasSufficientMemory"),
            condition("DiskPressure", "False", "KubeletHasNoDiskPressure"),
            condition("PIDPressure", "False", "KubeletHasSufficientPID"),
            condition("Ready", "True", "KubeletReady"),
        ],
    })
}

async fn renew(client: &Client, name: &str, node_uid: &str, clock: &Clock) -> Result<(), NodeError> {
    let api: Api<Lease> = Api::namespaced(client.clone(), LEASE_NAMESPACE);
    // The API server takes exactly six digits
    let now = clock.now().strftime("%Y-%m-%dT%H:%M:%S.%6fZ").to_string();
    let spec = json!({ "holderIdentity": name, "leaseDurationSeconds": LEASE_SECS, "renewTime": now });
    match within(api.patch(name, &params(), &Patch::Merge(json!({ "spec": spec })))).await {
        Err(NodeError::Refused(kube::Error::Api(status))) if status.code == 404 => {}
        other => return other.map(drop),
    }
    let owner = json!([{ "apiVersion": "v1", "kind": "Node", "name": name, "uid": node_uid }]);
    let lease = value(json!({ "metadata": { "name": name, "ownerReferences": owner }, "spec": spec }))?;
    within(api.create(&PostParams::default(), &lease)).await.map(drop)
}

fn params() -> PatchParams {
    PatchParams { field_manager: Some(FIELD_MANAGER.to_owned()), ..PatchParams::default() }
}

fn value<K: serde::de::DeserializeOwned>(value: Value) -> Result<K, NodeError> {
    serde_json::from_value(value).map_err(|error| NodeError::Refused(kube::Error::SerdeError(error)))
}

async fn within<T>(call: impl Future<Output = Result<T, kube::Error>>) -> Result<T, NodeError> {
    Ok(tokio::time::timeout(DEADLINE, call).await.map_err(|_| NodeError::Unanswered)??)
}

// === impl NodeError ===

impl NodeError {
    /// Whether a starting API server may answer so; a missing lease namespace is one that it has still to make
    fn may_pass(&self) -> bool {
        match self {
            Self::Unanswered | Self::Refused(kube::Error::Service(_) | kube::Error::HyperError(_)) => true,
            Self::Refused(kube::Error::Api(status)) => matches!(status.code, 404 | 409 | 429 | 500..),
            Self::Taken | Self::Refused(_) => false,
        }
    }
}
