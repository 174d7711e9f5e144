//! The life of nodes: which of them still report, and what becomes of the pods of those that do not
//!
//! It owns the health of nodes and what the node lifecycle controller writes into them. Taints are in `taint`, the end
//! of pods in `eviction`. All nodes count as one zone, whatever their labels say. A real controller looks every five
//! seconds; this one acts at the very moment at which a look would find something.

mod eviction;
mod taint;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{MANAGER, Place};
use crate::kind::ResourceKey;
use crate::meta::{Meta, seconds};
use crate::server::ApiServer;
use crate::store::{Change, ObjectKey};
use crate::subresource::set_pod_condition;

/// Seconds without a sign of life after which a node is given up
const GRACE_SECS: i64 = 50;
/// The same for a node that never reported
const STARTUP_SECS: i64 = 60;
/// Seconds from one taint that ends pods to the next
const TAINT_EVERY_SECS: i64 = 10;
/// From this many nodes that are not ready, and this share of all, no more pods are ended
const DISRUPTED_LEAST: usize = 3;
const DISRUPTED_PERCENT: usize = 55;
/// Conditions that nobody knows of a node that does not report
const CONDITIONS: &[&str] = &["Ready", "MemoryPressure", "DiskPressure", "PIDPressure"];

/// What the controllers of nodes remember
#[derive(Debug, Default)]
pub(super) struct Nodes {
    health: BTreeMap<String, Health>,
    /// Nodes that have changed
    queue: BTreeSet<String>,
    /// Nodes that are to get the taint that ends pods, by the time since which they are
    waiting: BTreeSet<(Timestamp, String)>,
    /// Nodes whose taints that end pods have changed
    tainted: BTreeSet<String>,
    /// When the next node may get it
    next_taint: Option<Timestamp>,
    /// How bad it is
    state: State,
    /// The pods of each node
    pods: BTreeMap<String, BTreeSet<ObjectKey>>,
    /// Pods that have to be looked at
    pod_queue: BTreeSet<ObjectKey>,
    /// When a pod does not tolerate its node any more
    evictions: BTreeMap<ObjectKey, Timestamp>,
    /// When the pods of a node that does not exist are ended
    missing: BTreeMap<String, Timestamp>,
    /// When the pods are ended that are being deleted on a node that is out of service
    fenced: BTreeMap<String, Timestamp>,
}

/// What is known of the life of a node
#[derive(Debug)]
struct Health {
    /// The last sign of life
    probe: Timestamp,
    heartbeat: String,
    has_reported: bool,
    /// It is known already that nothing is known
    is_unknown: bool,
}

/// How many nodes are ready
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Normal,
    /// Too many are not: pods are left alone
    Partial,
    /// None is: the fault is thought to be ours
    Full,
}

// === impl Nodes ===

impl Nodes {
    pub(super) fn next_due(&self) -> Option<Timestamp> {
        let expiries = self.health.values().filter_map(Health::expiry);
        let taint = self.next_taint.filter(|_| self.state == State::Normal && !self.waiting.is_empty());
        let pods = self.evictions.values().chain(self.missing.values()).chain(self.fenced.values()).copied();
        expiries.chain(taint).chain(pods).min()
    }
}

// === impl Health ===

impl Health {
    /// When the node is given up if it does not report
    fn expiry(&self) -> Option<Timestamp> {
        if self.is_unknown {
            return None;
        }
        let grace = if self.has_reported { GRACE_SECS } else { STARTUP_SECS };
        self.probe.checked_add(SignedDuration::from_secs(grace)).ok()
    }
}

// === impl ApiServer ===

impl ApiServer {
    /// Finds the nodes and pods that a change is about
    pub(super) fn watch_nodes(&mut self, resource: &ResourceKey, change: &Change, now: Timestamp) {
        let object = &change.object;
        match (&*resource.group, &*resource.plural) {
            ("", "nodes") if change.deleted => self.forget_node(object.name(), now),
            ("", "nodes") => {
                self.note_node(object, now);
                let before = change.previous.as_deref().map(taint::ending).unwrap_or_default();
                if before != taint::ending(object) {
                    self.controllers.nodes.tainted.insert(object.name().to_owned());
                }
            }
            ("coordination.k8s.io", "leases")
                if object.namespace() == "kube-node-lease" && !change.deleted =>
            {
                let renewed = |lease: &Value| lease["spec"]["renewTime"].as_str().map(ToOwned::to_owned);
                let is_newer = renewed(object) > change.previous.as_deref().and_then(renewed);
                if let Some(health) =
                    self.controllers.nodes.health.get_mut(object.name()).filter(|_| is_newer)
                {
                    health.probe = now;
                }
            }
            ("", "pods") => self.note_pod(change, now),
            _ => {}
        }
    }

    fn note_node(&mut self, node: &Value, now: Timestamp) {
        self.note_fence(node, now);
        let ready = ready_condition(node);
        let text = |field: &str| ready.and_then(|ready| ready[field].as_str()).unwrap_or_default();
        let seen = Health {
            probe: now,
            heartbeat: text("lastHeartbeatTime").to_owned(),
            has_reported: ready.is_some(),
            is_unknown: text("status") == "Unknown",
        };
        let nodes = &mut self.controllers.nodes;
        nodes.missing.remove(node.name());
        nodes.queue.insert(node.name().to_owned());
        let Some(health) = nodes.health.get_mut(node.name()) else {
            let created = node.meta("creationTimestamp").parse().unwrap_or(now);
            let probe = if seen.has_reported { now } else { created };
            nodes.health.insert(node.name().to_owned(), Health { probe, ..seen });
            return;
        };
        let is_sign = health.heartbeat != seen.heartbeat || health.has_reported != seen.has_reported;
        let probe = if is_sign && !seen.is_unknown { now } else { health.probe };
        *health = Health { probe, ..seen };
    }

    fn forget_node(&mut self, name: &str, now: Timestamp) {
        let nodes = &mut self.controllers.nodes;
        nodes.health.remove(name);
        nodes.fenced.remove(name);
        nodes.waiting.retain(|(_, waiting)| waiting != name);
        if nodes.pods.contains_key(name) {
            nodes.missing.insert(name.to_owned(), eviction::end_of_missing(now));
        }
        // the others are more, or fewer, than before
        nodes.queue.insert(name.to_owned());
    }

    /// Does what is due for nodes, and then for their pods
    pub(super) fn run_nodes(&mut self, now: Timestamp) {
        let health = &self.controllers.nodes.health;
        let silent = health.iter().filter(|(_, health)| health.expiry().is_some_and(|end| end <= now));
        let silent: Vec<String> = silent.map(|(name, _)| name.clone()).collect();
        for name in &silent {
            self.give_up(name, now);
        }
        let queue = std::mem::take(&mut self.controllers.nodes.queue);
        if !queue.is_empty() {
            self.judge_cluster(now);
        }
        for name in queue {
            self.taint_node(&name, now);
        }
        self.taint_waiting(now);
        self.run_evictions(now);
    }

    /// Nothing is known any more of a node that does not report, nor of its pods
    fn give_up(&mut self, name: &str, now: Timestamp) {
        if let Some(health) = self.controllers.nodes.health.get_mut(name) {
            health.is_unknown = true;
        }
        let Some(node) = self.node(name) else { return };
        let mut changed = Value::clone(&node);
        for kind in CONDITIONS {
            set_unknown(&mut changed, kind, now);
        }
        let was_ready = ready_condition(&node).is_some_and(|ready| ready["status"] == "True");
        self.write_status(&node_place(name), changed, MANAGER, now);
        if was_ready {
            let pods = self.controllers.nodes.pods.get(name).cloned().unwrap_or_default();
            for key in pods {
                self.mark_not_ready(&key, now);
            }
        }
    }

    /// The pod of a node that is not ready is not ready either
    fn mark_not_ready(&mut self, key: &ObjectKey, now: Timestamp) {
        let place = (ResourceKey::new("", "pods"), key.clone());
        let Some(pod) = self.store.get(&place.0, key) else { return };
        let Some(ready) = ready_condition(pod).filter(|ready| ready["status"] != "False") else { return };
        let mut ready = ready.clone();
        ready["status"] = "False".into();
        let mut changed = Value::clone(pod);
        set_pod_condition(&mut changed, &ready, now);
        self.write_status(&place, changed, MANAGER, now);
    }

    /// Counts the nodes that are ready, and enters or leaves the state in which pods are left alone
    fn judge_cluster(&mut self, now: Timestamp) {
        let nodes = ResourceKey::new("", "nodes");
        let all: Vec<Arc<Value>> = self.store.list(&nodes, "").map(|(_, node)| Arc::clone(node)).collect();
        let is_excluded =
            |node: &Value| !node["metadata"]["labels"]["node.kubernetes.io/exclude-disruption"].is_null();
        let counted: Vec<&Arc<Value>> = all.iter().filter(|node| !is_excluded(node)).collect();
        let ready = counted.iter().filter(|node| is_ready(node)).count();
        let down = counted.len() - ready;
        let state = match down {
            0 => State::Normal,
            _ if ready == 0 => State::Full,
            down if down >= DISRUPTED_LEAST && down * 100 >= DISRUPTED_PERCENT * counted.len() => {
                State::Partial
            }
            _ => State::Normal,
        };
        let before = std::mem::replace(&mut self.controllers.nodes.state, state);
        match (before, state) {
            (State::Full, State::Full) => {}
            (_, State::Full) => {
                for node in &all {
                    self.untaint(node.name(), now);
                }
            }
            (State::Full, _) => {
                // nobody could report while the fault was ours
                for health in self.controllers.nodes.health.values_mut() {
                    health.probe = now;
                }
            }
            _ => {}
        }
    }

    fn node(&self, name: &str) -> Option<Arc<Value>> {
        let (resource, key) = node_place(name);
        self.store.get(&resource, &key).cloned()
    }
}

fn node_place(name: &str) -> Place {
    (ResourceKey::new("", "nodes"), (String::new(), name.to_owned()))
}

/// The condition `Ready` of a node or of a pod
fn ready_condition(object: &Value) -> Option<&Value> {
    object["status"]["conditions"].as_array()?.iter().find(|condition| condition["type"] == "Ready")
}

fn is_ready(node: &Value) -> bool {
    ready_condition(node).is_some_and(|ready| ready["status"] == "True")
}

fn set_unknown(node: &mut Value, kind: &str, now: Timestamp) {
    let created = node["metadata"]["creationTimestamp"].clone();
    if !node["status"]["conditions"].is_array() {
        node["status"]["conditions"] = json!([]);
    }
    let Some(conditions) = node["status"]["conditions"].as_array_mut() else { return };
    match conditions.iter_mut().find(|condition| condition["type"] == kind) {
        Some(condition) if condition["status"] == "Unknown" => {}
        Some(condition) => {
            condition["status"] = "Unknown".into();
            condition["reason"] = "NodeStatusUnknown".into();
            condition["message"] = "Kubelet stopped posting node status.".into();
            condition["lastTransitionTime"] = seconds(now).into();
        }
        None => conditions.push(json!({
            "type": kind, "status": "Unknown", "reason": "NodeStatusNeverUpdated",
            "message": "Kubelet never posted node status.",
            "lastHeartbeatTime": created, "lastTransitionTime": seconds(now),
        })),
    }
}
