//! The taints of a node: those that keep new pods away, and those that end the ones it has
//!
//! It owns which of them a node has. What they do to pods is `eviction`'s business, where there is no scheduler.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{State, TAINT_EVERY_SECS, is_ready, node_place, ready_condition};
use crate::meta::seconds;
use crate::server::ApiServer;

const NOT_READY: &str = "node.kubernetes.io/not-ready";
const UNREACHABLE: &str = "node.kubernetes.io/unreachable";
const UNSCHEDULABLE: &str = "node.kubernetes.io/unschedulable";
/// What the controller of times to live writes into each node
const TTL: &str = "node.alpha.kubernetes.io/ttl";
/// Conditions, the status in which they are bad, and the taint that tells it
const TAINTS: &[(&str, &str, &str)] = &[
    ("Ready", "False", NOT_READY),
    ("Ready", "Unknown", UNREACHABLE),
    ("MemoryPressure", "True", "node.kubernetes.io/memory-pressure"),
    ("DiskPressure", "True", "node.kubernetes.io/disk-pressure"),
    ("NetworkUnavailable", "True", "node.kubernetes.io/network-unavailable"),
    ("PIDPressure", "True", "node.kubernetes.io/pid-pressure"),
];

// === impl ApiServer ===

impl ApiServer {
    /// Gives a node the taints that its conditions ask for
    pub(super) fn taint_node(&mut self, name: &str, now: Timestamp) {
        self.annotate(name, now);
        let Some(node) = self.node(name) else { return };
        let wanted = no_schedule(&node);
        let had = |key: &str| has(&node, key, "NoSchedule");
        let mut taints = taints(&node);
        taints.retain(|taint| {
            let key = taint["key"].as_str().unwrap_or_default();
            !(taint["effect"] == "NoSchedule" && is_ours(key)) || wanted.contains(&key)
        });
        taints.extend(wanted.iter().filter(|key| !had(key)).map(|key| taint(key, "NoSchedule", now)));
        self.set_taints(name, &node, taints, now);
        match ready_condition(&node).and_then(|ready| ready["status"].as_str()) {
            Some("True") => self.untaint(name, now),
            Some("False") => self.ask_for_taint(name, (NOT_READY, UNREACHABLE), now),
            Some("Unknown") => self.ask_for_taint(name, (UNREACHABLE, NOT_READY), now),
            _ => {}
        }
    }

    /// How long kubelets may remember Secrets: not at all in a cluster of this size
    fn annotate(&mut self, name: &str, now: Timestamp) {
        let Some(node) = self.node(name).filter(|node| node["metadata"]["annotations"][TTL].is_null()) else {
            return;
        };
        let mut changed = Value::clone(&node);
        changed["metadata"]["annotations"][TTL] = "0".into();
        self.store_change(&node_place(name), changed, now);
    }

    /// Takes the taints that end pods from a node
    pub(super) fn untaint(&mut self, name: &str, now: Timestamp) {
        self.controllers.nodes.waiting.retain(|(_, waiting)| waiting != name);
        let Some(node) = self.node(name) else { return };
        let mut left = taints(&node);
        left.retain(|taint| !is_ending(taint, NOT_READY) && !is_ending(taint, UNREACHABLE));
        self.set_taints(name, &node, left, now);
    }

    /// Swaps one ending taint for another at once; a first one has to wait until it is the node's turn
    fn ask_for_taint(&mut self, name: &str, (wanted, other): (&str, &str), now: Timestamp) {
        let Some(node) = self.node(name) else { return };
        let waiting = &mut self.controllers.nodes.waiting;
        if has(&node, other, "NoExecute") {
            self.swap(name, &node, (wanted, other), now);
        } else if !has(&node, wanted, "NoExecute") && !waiting.iter().any(|(_, known)| known == name) {
            waiting.insert((now, name.to_owned()));
        }
    }

    fn swap(&mut self, name: &str, node: &Arc<Value>, (wanted, other): (&str, &str), now: Timestamp) {
        let mut swapped = taints(node);
        swapped.retain(|taint| !is_ending(taint, other) && !is_ending(taint, wanted));
        swapped.push(taint(wanted, "NoExecute", now));
        self.set_taints(name, node, swapped, now);
    }

    /// Gives the ending taint to the nodes that wait for it, one after the other
    pub(super) fn taint_waiting(&mut self, now: Timestamp) {
        let nodes = &mut self.controllers.nodes;
        if nodes.state != State::Normal || nodes.next_taint.is_some_and(|next| next > now) {
            return;
        }
        while let Some((_, name)) = self.controllers.nodes.waiting.pop_first() {
            let Some(node) = self.node(&name).filter(|node| !is_ready(node)) else { continue };
            let is_false = ready_condition(&node).is_some_and(|ready| ready["status"] == "False");
            let taints = if is_false { (NOT_READY, UNREACHABLE) } else { (UNREACHABLE, NOT_READY) };
            self.swap(&name, &node, taints, now);
            self.controllers.nodes.next_taint =
                now.checked_add(SignedDuration::from_secs(TAINT_EVERY_SECS)).ok();
            return;
        }
    }

    fn set_taints(&mut self, name: &str, node: &Value, taints: Vec<Value>, now: Timestamp) {
        let mut changed = node.clone();
        if taints.is_empty() {
            changed["spec"].as_object_mut().map(|spec| spec.remove("taints"));
        } else {
            changed["spec"]["taints"] = taints.into();
        }
        self.store_change(&node_place(name), changed, now);
    }
}

/// The taints that end pods, of all keys
pub(super) fn ending(node: &Value) -> Vec<Value> {
    let mut ending = taints(node);
    ending.retain(|taint| taint["effect"] == "NoExecute");
    ending
}

fn taints(node: &Value) -> Vec<Value> {
    node["spec"]["taints"].as_array().cloned().unwrap_or_default()
}

fn taint(key: &str, effect: &str, now: Timestamp) -> Value {
    json!({ "key": key, "effect": effect, "timeAdded": seconds(now) })
}

fn has(node: &Value, key: &str, effect: &str) -> bool {
    let taints = node["spec"]["taints"].as_array();
    taints.into_iter().flatten().any(|taint| taint["key"] == key && taint["effect"] == effect)
}

fn is_ending(taint: &Value, key: &str) -> bool {
    taint["key"] == key && taint["effect"] == "NoExecute"
}

fn is_ours(key: &str) -> bool {
    key == UNSCHEDULABLE || TAINTS.iter().any(|(_, _, known)| *known == key)
}

/// The keys of the taints that keep new pods away
fn no_schedule(node: &Value) -> Vec<&'static str> {
    let conditions = node["status"]["conditions"].as_array();
    let mut keys: Vec<&str> = Vec::new();
    for condition in conditions.into_iter().flatten() {
        let bad = TAINTS
            .iter()
            .filter(|(kind, status, _)| condition["type"] == **kind && condition["status"] == **status);
        keys.extend(bad.map(|(_, _, key)| *key));
    }
    if node["spec"]["unschedulable"] == true {
        keys.push(UNSCHEDULABLE);
    }
    keys
}
