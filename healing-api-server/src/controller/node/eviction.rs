//! The end of pods whose node does not want them any more, or does not exist
//!
//! It owns tolerations and the conditions that tell why a pod goes. Nobody ends a pod on a node that does not answer:
//! it stays, being deleted, until its kubelet or somebody else says that it is gone, or that the node is out of service.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::super::MANAGER;
use super::taint::ending;
use super::{is_ready, ready_condition};
use crate::delete::DeleteOptions;
use crate::kind::ResourceKey;
use crate::meta::Meta;
use crate::server::ApiServer;
use crate::store::{Change, ObjectKey};
use crate::subresource::set_pod_condition;

/// Seconds until the pods of a node that does not exist are ended
const MISSING_SECS: i64 = 40;
/// Seconds from one look at pods that are being deleted on nodes that are out of service to the next
const FENCED_SECS: i64 = 20;
/// Says of a node that is not ready that it is off
const OUT_OF_SERVICE: &str = "node.kubernetes.io/out-of-service";

/// When the pods of a node that is missing from now on are ended
pub(super) fn end_of_missing(now: Timestamp) -> Timestamp {
    now.checked_add(SignedDuration::from_secs(MISSING_SECS)).unwrap_or(Timestamp::MAX)
}

// === impl ApiServer ===

impl ApiServer {
    /// Keeps which pods a node has, and finds those that have to be looked at
    pub(super) fn note_pod(&mut self, change: &Change, now: Timestamp) {
        let pod = &change.object;
        let key: ObjectKey = (pod.namespace().to_owned(), pod.name().to_owned());
        let previous = change.previous.as_deref();
        let before = previous.map(node_of).unwrap_or_default();
        let after = if change.deleted { "" } else { node_of(pod) };
        let nodes = &mut self.controllers.nodes;
        if before != after {
            if let Some(pods) = nodes.pods.get_mut(before) {
                pods.remove(&key);
                if pods.is_empty() {
                    nodes.pods.remove(before);
                    nodes.missing.remove(before);
                }
            }
            if !after.is_empty() {
                nodes.pods.entry(after.to_owned()).or_default().insert(key.clone());
                if !nodes.health.contains_key(after) {
                    nodes.missing.entry(after.to_owned()).or_insert_with(|| end_of_missing(now));
                }
            }
        }
        let leaves = !change.deleted && pod.is_terminating();
        if leaves && !previous.is_some_and(Meta::is_terminating) {
            self.watch_fence(after, now);
        }
        let nodes = &mut self.controllers.nodes;
        if change.deleted {
            nodes.evictions.remove(&key);
        } else if before != after
            || previous.is_none_or(|previous| previous["spec"]["tolerations"] != pod["spec"]["tolerations"])
        {
            nodes.pod_queue.insert(key);
        }
    }

    /// Finds whether a node is out of service, or is so no more
    pub(super) fn note_fence(&mut self, node: &Value, now: Timestamp) {
        if !is_fenced(node) {
            self.controllers.nodes.fenced.remove(node.name());
        } else if self.leaving(node.name()).next().is_some() {
            self.look_at_fenced(node.name(), now);
        }
    }

    fn watch_fence(&mut self, node: &str, now: Timestamp) {
        if self.node(node).is_some_and(|node| is_fenced(&node)) {
            self.look_at_fenced(node, now);
        }
    }

    fn look_at_fenced(&mut self, node: &str, now: Timestamp) {
        let when = now.checked_add(SignedDuration::from_secs(FENCED_SECS)).unwrap_or(Timestamp::MAX);
        self.controllers.nodes.fenced.entry(node.to_owned()).or_insert(when);
    }

    /// The pods that are being deleted on a node
    fn leaving(&self, node: &str) -> impl Iterator<Item = ObjectKey> {
        let pods = self.controllers.nodes.pods.get(node).into_iter().flatten();
        let leaves = |key: &&ObjectKey| {
            let pod = self.store.get(&ResourceKey::new("", "pods"), key);
            pod.is_some_and(|pod| pod.is_terminating())
        };
        pods.filter(leaves).cloned()
    }

    /// Ends the pods whose time has come
    pub(super) fn run_evictions(&mut self, now: Timestamp) {
        for node in std::mem::take(&mut self.controllers.nodes.tainted) {
            self.look_at_pods(&node, now);
        }
        for key in std::mem::take(&mut self.controllers.nodes.pod_queue) {
            self.look_at_pod(&key, now);
        }
        let due = self.controllers.nodes.evictions.iter().filter(|(_, when)| **when <= now);
        let due: Vec<ObjectKey> = due.map(|(key, _)| key.clone()).collect();
        for key in due {
            self.controllers.nodes.evictions.remove(&key);
            let why = ("DeletionByTaintManager", "Taint manager: deleting due to NoExecute taint");
            self.end_pod(&key, Some(why), None, now);
        }
        let gone = self.controllers.nodes.missing.iter().filter(|(_, when)| **when <= now);
        let gone: Vec<String> = gone.map(|(node, _)| node.clone()).collect();
        for node in gone {
            self.controllers.nodes.missing.remove(&node);
            for key in self.controllers.nodes.pods.get(&node).cloned().unwrap_or_default() {
                let why = ("DeletionByPodGC", "PodGC: node no longer exists");
                self.end_pod(&key, Some(why), Some(0), now);
            }
        }
        let fenced = self.controllers.nodes.fenced.iter().filter(|(_, when)| **when <= now);
        let fenced: Vec<String> = fenced.map(|(node, _)| node.clone()).collect();
        for node in fenced {
            self.controllers.nodes.fenced.remove(&node);
            let leaving: Vec<ObjectKey> = self.leaving(&node).collect();
            for key in leaving {
                self.end_pod(&key, None, Some(0), now);
            }
        }
    }

    /// A new pod on a node that is not ready is not ready; one that does not tolerate its node is ended
    fn look_at_pod(&mut self, key: &ObjectKey, now: Timestamp) {
        let Some(pod) = self.store.get(&ResourceKey::new("", "pods"), key).cloned() else { return };
        let Some(node) = self.node(node_of(&pod)) else { return };
        if ready_condition(&node).is_some() && !is_ready(&node) {
            self.mark_not_ready(key, now);
        }
        self.look_at_tolerations(key, &pod, &ending(&node), now);
    }

    /// Looks again at the pods of a node whose taints have changed
    fn look_at_pods(&mut self, node: &str, now: Timestamp) {
        let Some(found) = self.node(node) else { return };
        let ending = ending(&found);
        let pods = ResourceKey::new("", "pods");
        for key in self.controllers.nodes.pods.get(node).cloned().unwrap_or_default() {
            if let Some(pod) = self.store.get(&pods, &key).cloned() {
                self.look_at_tolerations(&key, &pod, &ending, now);
            }
        }
    }

    fn look_at_tolerations(&mut self, key: &ObjectKey, pod: &Value, taints: &[Value], now: Timestamp) {
        let evictions = &mut self.controllers.nodes.evictions;
        match tolerated_for(pod, taints) {
            None => {
                evictions.remove(key);
            }
            Some(secs) => {
                let when = now.checked_add(SignedDuration::from_secs(secs)).unwrap_or(Timestamp::MAX);
                // a time that runs goes on; one that is over is over
                let known = evictions.entry(key.clone()).or_insert(when);
                if secs == 0 {
                    *known = when;
                }
            }
        }
    }

    /// Tells a pod why it goes, where there is more to say than that it does, and deletes it
    fn end_pod(&mut self, key: &ObjectKey, why: Option<(&str, &str)>, grace: Option<i64>, now: Timestamp) {
        let place = (ResourceKey::new("", "pods"), key.clone());
        let Some(pod) = self.store.get(&place.0, key) else { return };
        let mut changed = Value::clone(pod);
        let generation = pod["metadata"]["generation"].clone();
        let has_ended = matches!(pod["status"]["phase"].as_str(), Some("Succeeded" | "Failed"));
        let is_forced = grace == Some(0);
        if is_forced && !has_ended {
            changed["status"]["phase"] = "Failed".into();
            changed["status"]["observedGeneration"] = generation.clone();
        }
        if let Some((reason, message)) = why.filter(|_| !is_forced || !has_ended) {
            let condition = json!({
                "type": "DisruptionTarget", "status": "True", "observedGeneration": generation,
                "reason": reason, "message": message,
            });
            set_pod_condition(&mut changed, &condition, now);
        }
        self.write_status(&place, changed, MANAGER, now);
        let options = DeleteOptions { grace, ..DeleteOptions::default() };
        // a pod that is gone in the meantime is what is wanted
        let _deleted = self.delete_object(&place.0, key, &options, now);
    }
}

/// Whether somebody said of a node that it is off, and it does not say otherwise
fn is_fenced(node: &Value) -> bool {
    let taints = node["spec"]["taints"].as_array();
    !is_ready(node) && taints.into_iter().flatten().any(|taint| taint["key"] == OUT_OF_SERVICE)
}

fn node_of(pod: &Value) -> &str {
    pod["spec"]["nodeName"].as_str().unwrap_or_default()
}

/// Seconds for which a pod tolerates these taints; none for ever
fn tolerated_for(pod: &Value, taints: &[Value]) -> Option<i64> {
    let tolerations = pod["spec"]["tolerations"].as_array().map_or(&[][..], Vec::as_slice);
    let mut least: Option<i64> = None;
    for taint in taints {
        let Some(found) = tolerations.iter().find(|toleration| tolerates(toleration, taint)) else {
            return Some(0);
        };
        if let Some(secs) = found["tolerationSeconds"].as_i64() {
            let secs = secs.max(0);
            least = Some(least.map_or(secs, |least| least.min(secs)));
        }
    }
    least
}

fn tolerates(toleration: &Value, taint: &Value) -> bool {
    let text = |object: &Value, field: &str| object[field].as_str().unwrap_or_default().to_owned();
    let fits = |field: &str| {
        let wanted = text(toleration, field);
        wanted.is_empty() || wanted == text(taint, field)
    };
    let value = match toleration["operator"].as_str() {
        Some("Exists") => true,
        None | Some("" | "Equal") => text(toleration, "value") == text(taint, "value"),
        Some(_) => false,
    };
    fits("effect") && fits("key") && value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shortest_toleration_counts() {
        let taint = |key: &str, value: &str| json!({ "key": key, "value": value, "effect": "NoExecute" });
        let exists = |key: &str, secs: Value| json!({ "key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": secs });
        let both = [taint("a", "1"), taint("b", "")];
        for (tolerations, expected) in [
            (json!([]), Some(0)),
            (json!([exists("a", 5.into())]), Some(0)),
            (json!([exists("a", 5.into()), exists("b", 3.into())]), Some(3)),
            (json!([exists("a", 5.into()), exists("b", Value::Null)]), Some(5)),
            (json!([{ "operator": "Exists" }]), None),
            (json!([{ "key": "a", "value": "1" }, exists("b", (-4).into())]), Some(0)),
            (json!([{ "key": "a", "value": "2" }, exists("b", Value::Null)]), Some(0)),
            (json!([{ "operator": "Exists", "effect": "NoSchedule" }]), Some(0)),
        ] {
            let pod = json!({ "spec": { "tolerations": tolerations } });
            assert_eq!(tolerated_for(&pod, &both), expected, "{tolerations}");
        }
        assert_eq!(tolerated_for(&Value::Null, &[]), None);
    }
}
