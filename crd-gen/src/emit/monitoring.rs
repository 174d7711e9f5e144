//! What the Prometheus operator is told: what to scrape, and when to call somebody
//!
//! The metrics are the runtime's; docs/reference/metrics.md lists them, and a test compares.

use serde_json::{Value, json};

use super::Names;

/// What every alert is about: its name, the expression, for how long it holds, and what to tell
type Alert = (&'static str, &'static str, &'static str, &'static str);

const ALERTS: &[Alert] = &[
    (
        "ReconcileErrors",
        "sum by (controller) (rate(controller_runtime_reconcile_errors_total{SELECTOR}[10m])) \
         / sum by (controller) (rate(controller_runtime_reconcile_total{SELECTOR}[10m])) > 0.5",
        "15m",
        "More than half of the reconciles of {{ $labels.controller }} fail. The log of the operator says why.",
    ),
    (
        "ReconcilePanics",
        "increase(controller_runtime_reconcile_panics_total{SELECTOR}[15m]) > 0",
        "0m",
        "A reconcile of {{ $labels.controller }} panicked. The log of the operator has the object and the place.",
    ),
    (
        "QueueStuck",
        "healing_workqueue_longest_wait_seconds{SELECTOR} > 300",
        "5m",
        "A {{ $labels.controller }} has waited for a worker for more than five minutes.",
    ),
    (
        "WatchFailures",
        "rate(healing_watch_failures_total{SELECTOR}[10m]) > 0.1",
        "15m",
        "The watch of {{ $labels.resource }} fails again and again: nothing new is seen of them.",
    ),
    (
        "UndecodableObjects",
        "healing_undecodable_objects{SELECTOR} > 0",
        "15m",
        "{{ $value }} {{ $labels.resource }} cannot be decoded and are left alone until they change.",
    ),
    (
        "Absent",
        "absent(controller_runtime_reconcile_total{SELECTOR})",
        "15m",
        "No operator is scraped: nothing is healed, or nobody sees it.",
    ),
];

/// Tells Prometheus where the metrics are
pub fn service_monitor(names: &Names) -> Value {
    json!({
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "ServiceMonitor",
        "metadata": {
            "name": names.of("metrics-monitor"),
            "namespace": names.namespace(),
            "labels": names.pod_labels(),
        },
        "spec": {
            "endpoints": [{ "path": "/metrics", "port": "metrics", "scheme": "http" }],
            "selector": { "matchLabels": names.pod_labels() },
        },
    })
}

/// The alerts of one operator; `installed` are the final names, which scraped series are known by
pub fn prometheus_rule(names: &Names, installed: &Names) -> Value {
    let job = installed.of("metrics-service");
    let rules = ALERTS.iter().map(|(name, expression, holds, summary)| {
        json!({
            "alert": format!("Operator{name}"),
            "annotations": { "summary": summary },
            "expr": expression.replace("SELECTOR", &format!("job=\"{job}\"")),
            "for": holds,
            "labels": { "severity": "warning" },
        })
    });
    json!({
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": {
            "name": names.of("alerts"),
            "namespace": names.namespace(),
            "labels": names.pod_labels(),
        },
        "spec": { "groups": [{ "name": job, "rules": rules.collect::<Vec<_>>() }] },
    })
}
