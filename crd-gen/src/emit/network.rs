//! Who can reach the operator: the Service of its metrics, and policies that let in no more than is needed
//!
//! Traffic out of the operator is not restricted: where the API server is, is known to the cluster alone.

use serde_json::{Value, json};

use super::{Names, deployment::port};

/// The Service that scrapers find the metrics by
pub fn metrics_service(names: &Names) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {
            "name": names.of("metrics-service"),
            "namespace": names.namespace(),
            "labels": names.pod_labels(),
        },
        "spec": {
            "ports": [{ "name": "metrics", "port": port::METRICS, "protocol": "TCP", "targetPort": "metrics" }],
            "selector": names.pod_labels(),
        },
    })
}

/// Lets in scrapers from namespaces labelled `metrics: enabled`, and whoever asks whether the operator is well
///
/// Health is asked for by kubelets, which have no labels to be known by.
pub fn metrics_policy(names: &Names) -> Value {
    let scrapers = json!([{ "namespaceSelector": { "matchLabels": { "metrics": "enabled" } } }]);
    let ingress = json!([
        { "from": scrapers, "ports": [{ "port": port::METRICS, "protocol": "TCP" }] },
        { "ports": [{ "port": port::HEALTH, "protocol": "TCP" }] },
    ]);
    policy(names, "allow-metrics-traffic", &ingress)
}

/// Lets in the API server, which has no labels to be known by either
///
/// Policies count at the pod: the port is the pod's, not the Service's 443.
pub fn webhook_policy(names: &Names) -> Value {
    let ingress = json!([{ "ports": [{ "port": port::WEBHOOK, "protocol": "TCP" }] }]);
    policy(names, "allow-webhook-traffic", &ingress)
}

fn policy(names: &Names, name: &str, ingress: &Value) -> Value {
    json!({
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {
            "name": names.of(name),
            "namespace": names.namespace(),
            "labels": names.labels(),
        },
        "spec": {
            "ingress": ingress,
            "podSelector": { "matchLabels": names.pod_labels() },
            "policyTypes": ["Ingress"],
        },
    })
}
