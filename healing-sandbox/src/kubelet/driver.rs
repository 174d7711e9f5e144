//! The task that keeps the simulated pods going: watch, look, ask the state machine, send
//!
//! Everything happens in this one task, so pods need no locks; requests run side by side, at most one per pod and
//! [`IN_FLIGHT`] in all. What a pod does next is decided in `pod`, which pods there are is kept in `ledger`.

mod ledger;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use futures::stream::{BoxStream, FuturesUnordered, SelectAll, StreamExt};
use k8s_openapi::api::core::v1::{Node, Pod};
use kube::runtime::watcher;
use kube::{Api, Client};

use self::ledger::{Done, Key, Ledger};
use super::failure::Failure;
use super::log::{self, LogSink};
use super::node::{NODE_LABEL, Nodes};
use super::pace::Pace;
use super::pod::{Action, step};
use super::rule::Rules;
use super::scene::{Scene, Site};
use super::watch::{Change, feed};
use super::{patch, placement, request};
use crate::clock::{Clock, later};

/// Most requests at a time
const IN_FLIGHT: usize = 32;
/// How long a pod that was bound is awaited on the watch before the binding is tried again
const BINDING_PATIENCE: Duration = Duration::from_secs(10);

/// What a kubelet works with
#[derive(Clone)]
pub(crate) struct Tools {
    pub(crate) client: Client,
    pub(crate) clock: Clock,
    pub(crate) pace: Pace,
    pub(crate) rules: Arc<Rules>,
    pub(crate) nodes: Arc<Nodes>,
    pub(crate) logs: Option<LogSink>,
}

pub(crate) struct Driver {
    tools: Tools,
    ledger: Ledger,
    nodes: BTreeMap<String, Node>,
    in_flight: FuturesUnordered<BoxFuture<'static, (Key, String, Done)>>,
}

/// The pods of one watch: of one namespace, or of all
type Scoped = (Option<String>, Change<Pod>);

// === impl Driver ===

impl Driver {
    pub(crate) fn new(tools: Tools) -> Self {
        Self { tools, ledger: Ledger::default(), nodes: BTreeMap::new(), in_flight: FuturesUnordered::new() }
    }

    /// Runs until it is dropped
    pub(crate) async fn run(mut self, namespaces: Vec<String>) {
        let mut pods = watch_pods(&self.tools, namespaces);
        let ours = watcher::Config::default().labels(&format!("{NODE_LABEL}={}", self.tools.nodes.prefix()));
        let mut nodes = feed(Api::<Node>::all(self.tools.client.clone()), ours, self.tools.clock.clone());
        let (rules, clock) = (Arc::clone(&self.tools.rules), self.tools.clock.clone());
        loop {
            self.start_due();
            let wake = self.ledger.next_due().filter(|_| self.in_flight.len() < IN_FLIGHT);
            tokio::select! {
                biased;
                Some((key, uid, done)) = self.in_flight.next() => self.finish(&key, &uid, done),
                Some(change) = nodes.next() => self.note_node(change),
                Some((scope, change)) = pods.next() => self.note_pod(scope.as_deref(), change),
                () = rules.changed() => self.ledger.look_at_all(clock.now()),
                () = wait_until(&clock, wake) => {}
            }
        }
    }

    /// Starts whatever is due, as far as there is room
    fn start_due(&mut self) {
        let now = self.tools.clock.now();
        let mut pods_on = None;
        while self.in_flight.len() < IN_FLIGHT
            && let Some(key) = self.ledger.take_due(now)
        {
            let counts = pods_on.get_or_insert_with(|| self.ledger.pods_on());
            self.look_at(&key, counts);
        }
    }

    fn look_at(&mut self, key: &Key, pods_on: &mut BTreeMap<String, usize>) {
        let Tools { client, clock, pace, rules, nodes, logs } = self.tools.clone();
        let now = clock.now();
        let Some(entry) = self.ledger.get_mut(key) else { return };
        let node = entry.node().map(str::to_owned);
        if entry.busy.is_some() || node.as_deref().is_some_and(|node| !nodes.is_up(node)) {
            return;
        }
        let target = if node.is_none() { placement::choose(&self.nodes, pods_on, &entry.pod) } else { None };
        let site = Site {
            host_ip: node.as_deref().map(Nodes::address).unwrap_or_default(),
            pod_ip: entry.ip.clone(),
            placeable: target.is_some(),
        };
        let failure = rules.failure(&entry.pod, entry.number).or_else(|| entry.annotated.clone());
        let scene = Scene { pod: &entry.pod, memory: &entry.memory, site: &site, now, pace: &pace };
        let next = step(&scene, failure.as_ref());
        let Some(action) = next.action else {
            if let Some(again) = next.again {
                self.ledger.look_at(key, again);
            }
            return;
        };
        let request = match (action, target) {
            (Action::Bind, Some(node)) => {
                *pods_on.entry(node.to_owned()).or_default() += 1;
                entry.bound_to = Some(node.to_owned());
                bind(client, key.clone(), entry.uid(), node.to_owned())
            }
            (Action::Bind, None) => return,
            (Action::Status(status), _) => {
                if logs.is_some() {
                    let before = entry.pod.status.as_ref();
                    entry.said = log::lines((&key.namespace, &key.name), before, &status);
                }
                let patch = patch::patch(&entry.uid(), &status);
                write(client, key.clone(), entry.uid(), patch)
            }
            (Action::Remove, _) => remove(client, key.clone(), entry.uid()),
        };
        entry.busy = Some(entry.version());
        self.in_flight.push(request);
    }

    fn finish(&mut self, key: &Key, uid: &str, done: Done) {
        let now = self.tools.clock.now();
        let Some(entry) = self.ledger.get_mut(key).filter(|entry| entry.uid() == uid) else { return };
        let from = entry.busy.take();
        let said = std::mem::take(&mut entry.said);
        let again = match done {
            Done::Written(pod) => {
                entry.attempts = 0;
                if let Some(take) = &self.tools.logs {
                    for line in &said {
                        take(line);
                    }
                }
                entry.wrote(*pod, from, now, &self.tools.pace)
            }
            Done::Bound => {
                entry.attempts = 0;
                Some(if entry.node().is_some() { now } else { later(now, BINDING_PATIENCE) })
            }
            // The watch tells what became of it
            Done::Gone => None,
            Done::Failed(error) => {
                tracing::debug!(pod = %key, %error, "request failed");
                entry.bound_to = None;
                Some(later(now, entry.backoff()))
            }
        };
        // Whatever came in while the request was out has not been looked at
        let again = if std::mem::take(&mut entry.changed) { Some(now) } else { again };
        if let Some(again) = again {
            self.ledger.look_at(key, again);
        }
    }

    fn note_node(&mut self, change: Change<Node>) {
        let named = |node: Node| Some((node.metadata.name.clone()?, node));
        match change {
            Change::Listed(nodes) => self.nodes = nodes.into_iter().filter_map(named).collect(),
            Change::Seen(node) => self.nodes.extend(named(*node)),
            Change::Gone(node) => {
                self.nodes.remove(node.metadata.name.as_deref().unwrap_or_default());
            }
        }
        for name in self.tools.nodes.names() {
            self.tools.nodes.note(&name, self.nodes.get(&name));
        }
        self.ledger.look_at_unbound(self.tools.clock.now());
    }

    fn note_pod(&mut self, scope: Option<&str>, change: Change<Pod>) {
        match change {
            Change::Listed(pods) => {
                self.ledger.keep_listed(scope, &pods);
                for pod in pods {
                    self.see(pod);
                }
            }
            Change::Seen(pod) => self.see(*pod),
            Change::Gone(pod) => self.ledger.forget(&pod),
        }
    }

    fn see(&mut self, pod: Pod) {
        let Some(key) = Key::of(&pod) else { return };
        if !self.concerns_us(&pod) {
            return self.ledger.forget(&pod);
        }
        let now = self.tools.clock.now();
        let known = self.ledger.get_mut(&key).filter(|entry| entry.is(&pod));
        match known {
            Some(entry) => {
                if !entry.see(pod, now, &self.tools.pace) {
                    return;
                }
            }
            None => self.ledger.insert(key.clone(), pod, self.tools.rules.number_new_pod(), now),
        }
        self.ledger.look_at(&key, now);
    }

    /// Whether the pod is on one of our nodes, or may be bound to one
    fn concerns_us(&self, pod: &Pod) -> bool {
        let Some(spec) = &pod.spec else { return false };
        match spec.node_name.as_deref() {
            Some(node) if !node.is_empty() => self.tools.nodes.is_ours(node),
            _ => {
                let gated = spec.scheduling_gates.as_ref().is_some_and(|gates| !gates.is_empty());
                !gated && matches!(spec.scheduler_name.as_deref(), None | Some("default-scheduler"))
            }
        }
    }
}

fn watch_pods(tools: &Tools, namespaces: Vec<String>) -> SelectAll<BoxStream<'static, Scoped>> {
    let scopes = if namespaces.is_empty() { vec![None] } else { namespaces.into_iter().map(Some).collect() };
    let streams = scopes.into_iter().map(|scope| {
        let client = tools.client.clone();
        let api: Api<Pod> =
            scope.as_ref().map_or_else(|| Api::all(client.clone()), |ns| Api::namespaced(client.clone(), ns));
        let changes = feed(api, watcher::Config::default(), tools.clock.clone());
        changes.map(move |change| (scope.clone(), change)).boxed()
    });
    futures::stream::select_all(streams)
}

fn bind(client: Client, key: Key, uid: String, node: String) -> BoxFuture<'static, (Key, String, Done)> {
    Box::pin(async move {
        let answer = request::bind(client, &key.namespace, (&key.name, &uid), &node).await;
        (key, uid, answer.map_or_else(Done::from, |()| Done::Bound))
    })
}

fn write(
    client: Client,
    key: Key,
    uid: String,
    patch: serde_json::Value,
) -> BoxFuture<'static, (Key, String, Done)> {
    Box::pin(async move {
        let answer = request::patch_status(client, &key.namespace, &key.name, patch).await;
        (key, uid, answer.map_or_else(Done::from, |pod| Done::Written(Box::new(pod))))
    })
}

fn remove(client: Client, key: Key, uid: String) -> BoxFuture<'static, (Key, String, Done)> {
    Box::pin(async move {
        let answer = request::remove(client, &key.namespace, &key.name, &uid).await;
        (key, uid, answer.map_or_else(Done::from, |()| Done::Gone))
    })
}

async fn wait_until(clock: &Clock, wake: Option<jiff::Timestamp>) {
    match wake {
        Some(wake) => clock.sleep_until(wake).await,
        None => std::future::pending().await,
    }
}

/// The failure that a pod names itself
fn annotated(pod: &Pod) -> Option<Failure> {
    let text = pod.metadata.annotations.as_ref()?.get(super::FAIL_ANNOTATION)?;
    text.parse()
        .inspect_err(|error| tracing::warn!(pod = pod.metadata.name, %error, "annotation ignored"))
        .ok()
}
