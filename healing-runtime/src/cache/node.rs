//! The nodes that are watched, each as the one word that decisions depend on
//!
//! Only operators with a resource that asks for it watch nodes. A node that was not listed does not exist; before the
//! first list is complete nothing is known of any.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use healing_engine::{NodeState, ObservedPod, pod::OUT_OF_SERVICE_TAINT};
use serde::Deserialize;

use crate::{
    change::Key,
    watch::{WatchStatus, Watched},
};

/// The part of a node's JSON beside its metadata that we need
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(crate) struct NodeDocument {
    spec: NodeSpec,
    status: NodeStatus,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
struct NodeSpec {
    taints: Vec<Taint>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
struct Taint {
    key: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
struct NodeStatus {
    conditions: Vec<NodeCondition>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
struct NodeCondition {
    #[serde(rename = "type")]
    kind: String,
    status: String,
}

/// All nodes; clones are the same cache
#[derive(Clone, Default)]
pub(crate) struct NodeCache(Arc<Mutex<Nodes>>);

#[derive(Default)]
struct Nodes {
    states: BTreeMap<String, NodeState>,
    is_listed: bool,
    watch: Option<WatchStatus>,
}

// === impl NodeDocument ===

impl NodeDocument {
    /// What the node says of itself, and others of it
    ///
    /// A node that is well is not off, whatever taint somebody forgot on it.
    pub(crate) fn state(&self) -> NodeState {
        let mut conditions = self.status.conditions.iter();
        if conditions.any(|condition| condition.kind == "Ready" && condition.status == "True") {
            NodeState::Ready
        } else if self.spec.taints.iter().any(|taint| taint.key == OUT_OF_SERVICE_TAINT) {
            NodeState::Fenced
        } else {
            NodeState::NotReady
        }
    }
}

// === impl NodeCache ===

impl NodeCache {
    /// Says which watch fills it
    pub(crate) fn filled_by(&self, watch: WatchStatus) {
        self.lock().watch = Some(watch);
    }

    /// Whether this process may not read nodes
    pub(crate) fn is_forbidden(&self) -> bool {
        self.lock().watch.as_ref().is_some_and(WatchStatus::is_forbidden)
    }

    /// How many nodes there are
    pub(crate) fn len(&self) -> usize {
        self.lock().states.len()
    }

    /// The pods, with the states of their nodes
    pub(crate) fn placed(&self, mut pods: Vec<ObservedPod>) -> Vec<ObservedPod> {
        let nodes = self.lock();
        for pod in &mut pods {
            pod.node = pod.spec.node_name.as_ref().filter(|_| nodes.is_listed).map(|name| nodes.state(name));
        }
        pods
    }

    /// Puts a node in; tells whether that says anything new about its pods
    ///
    /// Heartbeats and numbers say nothing. One that cannot be read is not known to be well.
    pub(crate) fn apply(&self, watched: &Watched<NodeDocument>) -> bool {
        let state = watched.content.as_ref().map_or(NodeState::NotReady, NodeDocument::state);
        let mut nodes = self.lock();
        nodes.states.insert(watched.key().name, state) != Some(state) && nodes.is_listed
    }

    /// Takes a node out; tells whether it was there
    pub(crate) fn remove(&self, name: &str) -> bool {
        self.lock().states.remove(name).is_some()
    }

    /// Ends a list: tells which nodes are gone; none, the first time: then something new is known of all
    pub(crate) fn listed(&self, keys: &BTreeSet<Key>) -> Option<Vec<String>> {
        let mut nodes = self.lock();
        let is_there = |name: &String| keys.contains(&Key::new("", name));
        let gone: Vec<String> = nodes.states.keys().filter(|name| !is_there(name)).cloned().collect();
        for name in &gone {
            nodes.states.remove(name);
        }
        std::mem::replace(&mut nodes.is_listed, true).then_some(gone)
    }

    fn lock(&self) -> MutexGuard<'_, Nodes> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// === impl Nodes ===

impl Nodes {
    fn state(&self, name: &str) -> NodeState {
        self.states.get(name).copied().unwrap_or(NodeState::Gone)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn node(name: &str, ready: &str, taint: Option<&str>, heartbeat: u32) -> Watched<NodeDocument> {
        Watched::decode(json!({
            "metadata": { "name": name, "resourceVersion": heartbeat.to_string() },
            "spec": { "taints": taint.map(|key| json!([{ "key": key, "effect": "NoExecute" }])) .unwrap_or(json!([])) },
            "status": {
                "conditions": [
                    { "type": "MemoryPressure", "status": "False" },
                    { "type": "Ready", "status": ready, "lastHeartbeatTime": heartbeat },
                ],
                "images": [{ "sizeBytes": heartbeat }],
            },
        }))
    }

    fn keys(names: &[&str]) -> BTreeSet<Key> {
        names.iter().map(|name| Key::new("", *name)).collect()
    }

    fn states(cache: &NodeCache, names: &[&str]) -> Vec<Option<NodeState>> {
        let pod = |name: &&str| {
            let mut pod = crate::fixture::ready("a", 0);
            pod["spec"]["nodeName"] = if name.is_empty() { Value::Null } else { json!(name) };
            let watched: Watched<crate::cache::PodDocument> = Watched::decode(pod);
            watched.content.expect("a pod").observe(&watched.metadata)
        };
        cache.placed(names.iter().map(pod).collect()).into_iter().map(|pod| pod.node).collect()
    }

    #[test]
    fn a_node_is_one_word() {
        let table = [
            ("True", None, NodeState::Ready),
            ("True", Some(OUT_OF_SERVICE_TAINT), NodeState::Ready),
            ("False", None, NodeState::NotReady),
            ("Unknown", Some("node.kubernetes.io/unreachable"), NodeState::NotReady),
            ("Unknown", Some(OUT_OF_SERVICE_TAINT), NodeState::Fenced),
            ("False", Some(OUT_OF_SERVICE_TAINT), NodeState::Fenced),
        ];
        for (ready, taint, expected) in table {
            let found = node("n", ready, taint, 1).content.expect("a node").state();
            assert_eq!(found, expected, "{ready} {taint:?}");
        }
        assert_eq!(NodeDocument::default().state(), NodeState::NotReady, "it never reported");
    }

    #[test]
    fn nothing_is_known_before_the_first_list_and_what_is_not_listed_is_gone() {
        let cache = NodeCache::default();
        assert!(!cache.apply(&node("n", "True", None, 1)), "nobody is woken by half a list");
        assert_eq!(states(&cache, &["n", "m", ""]), [None, None, None]);
        assert_eq!(cache.listed(&keys(&["n"])), None, "all");
        assert_eq!(states(&cache, &["n", "m", ""]), [Some(NodeState::Ready), Some(NodeState::Gone), None]);
        assert_eq!(cache.listed(&keys(&[])), Some(vec!["n".to_owned()]));
        assert_eq!(states(&cache, &["n"]), [Some(NodeState::Gone)]);
    }

    #[test]
    fn only_what_matters_to_pods_wakes_their_owners() {
        let cache = NodeCache::default();
        cache.listed(&keys(&[]));
        assert!(cache.apply(&node("n", "True", None, 1)), "it is new");
        assert!(!cache.apply(&node("n", "True", None, 2)), "a heartbeat");
        assert!(!cache.apply(&node("n", "True", Some("example.com/busy"), 3)), "a taint of others");
        assert!(cache.apply(&node("n", "Unknown", None, 4)));
        assert!(!cache.apply(&node("n", "False", None, 5)), "not Ready in another way");
        assert!(cache.apply(&node("n", "False", Some(OUT_OF_SERVICE_TAINT), 6)));
        assert!(cache.remove("n"));
        assert!(!cache.remove("n"));
        let broken = Watched::decode(json!({ "metadata": { "name": "n" }, "spec": { "taints": 1 } }));
        assert!(cache.apply(&broken));
        assert_eq!(states(&cache, &["n"]), [Some(NodeState::NotReady)], "not gone, and not known to be well");
    }
}
