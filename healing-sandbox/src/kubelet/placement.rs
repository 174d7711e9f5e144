//! Which node takes a pod: a pure choice, as much of scheduling as tests need
//!
//! It honours cordons, readiness, `nodeSelector` and, as a preference, `preferredDuringScheduling` node affinity.
//! Resources, taints, required affinity and everything between pods are not looked at.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{Node, NodeSelectorRequirement, Pod, PodSpec};

/// The best node for a pod: the most preferred, then the one with the fewest pods, then the first by name
pub(crate) fn choose<'a>(
    nodes: &'a BTreeMap<String, Node>,
    pods_on: &BTreeMap<String, usize>,
    pod: &Pod,
) -> Option<&'a str> {
    let spec = pod.spec.as_ref()?;
    let fitting = nodes.iter().filter(|(_, node)| takes_pods(node) && is_selected(spec, node));
    let best = fitting.min_by_key(|(name, node)| {
        let pods = pods_on.get(*name).copied().unwrap_or_default();
        (-preference(spec, node), pods)
    });
    best.map(|(name, _)| name.as_str())
}

/// Whether new pods may go to this node at all
fn takes_pods(node: &Node) -> bool {
    let cordoned = node.spec.as_ref().and_then(|spec| spec.unschedulable).unwrap_or_default();
    let conditions = node.status.as_ref().and_then(|status| status.conditions.as_deref()).unwrap_or_default();
    let ready = conditions.iter().any(|condition| condition.type_ == "Ready" && condition.status == "True");
    ready && !cordoned && node.metadata.deletion_timestamp.is_none()
}

fn is_selected(spec: &PodSpec, node: &Node) -> bool {
    let wanted = spec.node_selector.iter().flatten();
    wanted.into_iter().all(|(key, value)| label(node, key) == Some(value))
}

/// Sum of the weights of the preferred terms that the node meets
fn preference(spec: &PodSpec, node: &Node) -> i64 {
    let affinity = spec.affinity.as_ref().and_then(|affinity| affinity.node_affinity.as_ref());
    let terms =
        affinity.and_then(|node| node.preferred_during_scheduling_ignored_during_execution.as_deref());
    let met = terms.unwrap_or_default().iter().filter(|term| {
        let expressions = term.preference.match_expressions.as_deref().unwrap_or_default();
        expressions.iter().all(|expression| is_met(expression, node))
    });
    met.map(|term| i64::from(term.weight)).sum()
}

/// An operator that is not known here is never met
fn is_met(requirement: &NodeSelectorRequirement, node: &Node) -> bool {
    let found = label(node, &requirement.key);
    let listed = found.is_some_and(|value| requirement.values.as_deref().unwrap_or_default().contains(value));
    match requirement.operator.as_str() {
        "In" => listed,
        "NotIn" => !listed,
        "Exists" => found.is_some(),
        "DoesNotExist" => found.is_none(),
        _ => false,
    }
}

fn label<'a>(node: &'a Node, key: &str) -> Option<&'a String> {
    node.metadata.labels.as_ref()?.get(key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn nodes(names: &[(&str, bool, bool)]) -> BTreeMap<String, Node> {
        let node = |(name, ready, cordoned): &(&str, bool, bool)| {
            let status = if *ready { "True" } else { "Unknown" };
            let node = json!({
                "metadata": { "name": name, "labels": { "kubernetes.io/hostname": name } },
                "spec": { "unschedulable": cordoned },
                "status": { "conditions": [{ "type": "Ready", "status": status }] },
            });
            ((*name).to_owned(), serde_json::from_value(node).unwrap())
        };
        names.iter().map(node).collect()
    }

    fn pod(spec: &serde_json::Value) -> Pod {
        let mut pod: Pod = serde_json::from_value(json!({ "spec": { "containers": [] } })).unwrap();
        let mut merged = json!({ "containers": [] });
        merged.as_object_mut().unwrap().extend(spec.as_object().unwrap().clone());
        pod.spec = serde_json::from_value(merged).unwrap();
        pod
    }

    #[test]
    fn takes_the_emptiest_node_that_is_ready_and_not_cordoned() {
        let nodes = nodes(&[("a", true, false), ("b", true, false), ("c", true, true), ("d", false, false)]);
        let pods_on = BTreeMap::from([("a".to_owned(), 2), ("b".to_owned(), 1)]);
        assert_eq!(choose(&nodes, &pods_on, &pod(&json!({}))), Some("b"));
        assert_eq!(choose(&nodes, &BTreeMap::new(), &pod(&json!({}))), Some("a"));
        let selected = pod(&json!({ "nodeSelector": { "kubernetes.io/hostname": "c" } }));
        assert_eq!(choose(&nodes, &pods_on, &selected), None, "a cordoned node takes nothing");
    }

    #[test]
    fn a_preference_against_a_node_is_only_a_preference() {
        let avoid_b = pod(&json!({ "affinity": { "nodeAffinity": {
            "preferredDuringSchedulingIgnoredDuringExecution": [{ "weight": 100, "preference": { "matchExpressions": [
                { "key": "kubernetes.io/hostname", "operator": "NotIn", "values": ["b"] },
            ] } }],
        } } }));
        let pods_on = BTreeMap::from([("a".to_owned(), 9)]);
        let both = nodes(&[("a", true, false), ("b", true, false)]);
        assert_eq!(choose(&both, &pods_on, &avoid_b), Some("a"));
        let only_b = nodes(&[("a", false, false), ("b", true, false)]);
        assert_eq!(choose(&only_b, &pods_on, &avoid_b), Some("b"));
    }
}
