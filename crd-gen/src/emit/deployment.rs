//! The process in the cluster: its namespace, its Deployment and what may interrupt it

use serde_json::{Value, json};

use super::{
    Names, Settings, WebhookParts,
    webhook::{CERT_PATH, SECRET, webhook_names},
};

/// Where the operator listens
pub(super) mod port {
    /// `/metrics`
    pub(in crate::emit) const METRICS: u16 = 8080;
    /// `/healthz` and `/readyz`
    pub(in crate::emit) const HEALTH: u16 = 8081;
    /// What the API server asks
    pub(in crate::emit) const WEBHOOK: u16 = 9443;
}

/// How long the kubelet waits for the operator to end, in seconds: more than the 25 s that it drains for
const TERMINATION_GRACE_SECS: u32 = 30;

/// The namespace that the operator runs in; only pods of the restricted Pod Security standard may join it
pub fn namespace(names: &Names) -> Value {
    let mut labels = names.labels();
    labels["pod-security.kubernetes.io/enforce"] = json!("restricted");
    json!({
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": { "name": names.namespace(), "labels": labels },
    })
}

/// The Deployment `<operator>-manager`: one replica that never overlaps with its successor
///
/// Leader election is off by its environment, `LEADER_ELECT`; whoever wants more than one replica sets it to `true`. There
/// is no CPU limit on purpose: it would throttle healing exactly while much is to be healed.
pub fn deployment(names: &Names, settings: &Settings) -> Value {
    let mut deployment = without_webhook(names, settings);
    let pod = &mut deployment["spec"]["template"]["spec"];
    match settings.webhook {
        WebhookParts::Off => {}
        WebhookParts::OwnCertificate => {
            add(pod, &webhook_patch());
            add(pod, &own_certificate_patch(names));
        }
        WebhookParts::CertManager => {
            add(pod, &webhook_patch());
            add(pod, &mounted_certificate_patch());
        }
    }
    deployment
}

/// What the pod has in addition where it serves the webhook, as a strategic merge patch of its spec
pub(super) fn webhook_patch() -> Value {
    json!({
        "containers": [{
            "name": "manager",
            "env": [{ "name": "WEBHOOK_BIND_ADDRESS", "value": format!(":{}", port::WEBHOOK) }],
            "ports": [{ "name": "webhook", "containerPort": port::WEBHOOK, "protocol": "TCP" }],
        }],
    })
}

/// The same where its certificate is its own; `installed` are the final names
pub(super) fn own_certificate_patch(installed: &Names) -> Value {
    let [service, secret, configuration] = webhook_names(installed);
    json!({
        "containers": [{
            "name": "manager",
            "env": [
                { "name": "WEBHOOK_SERVICE", "value": service },
                { "name": "WEBHOOK_CERTIFICATE", "value": secret },
                { "name": "WEBHOOK_CONFIGURATION", "value": configuration },
            ],
        }],
    })
}

/// The same where its certificate is cert-manager's
pub(super) fn mounted_certificate_patch() -> Value {
    json!({
        "containers": [{
            "name": "manager",
            "env": [{ "name": "WEBHOOK_CERT_PATH", "value": CERT_PATH }],
            "volumeMounts": [{ "name": "webhook-certs", "mountPath": CERT_PATH, "readOnly": true }],
        }],
        "volumes": [{ "name": "webhook-certs", "secret": { "secretName": SECRET } }],
    })
}

/// Does to a pod's spec what kustomize does with a patch of this form: what it adds to a list comes first
fn add(pod: &mut Value, patch: &Value) {
    let container = &patch["containers"][0];
    for list in ["env", "ports", "volumeMounts"].into_iter().filter(|list| container[list].is_array()) {
        let lists = [&container[list], &pod["containers"][0][list]];
        pod["containers"][0][list] =
            lists.into_iter().flat_map(|list| list.as_array().into_iter().flatten().cloned()).collect();
    }
    if patch["volumes"].is_array() {
        pod["volumes"] = patch["volumes"].clone();
    }
}

/// Lets drains of nodes take one replica at a time, also the only one: its successor starts elsewhere
pub fn disruption_budget(names: &Names) -> Value {
    json!({
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {
            "name": names.of("manager"),
            "namespace": names.namespace(),
            "labels": names.labels(),
        },
        "spec": {
            "maxUnavailable": 1,
            "selector": { "matchLabels": names.pod_labels() },
            "unhealthyPodEvictionPolicy": "AlwaysAllow",
        },
    })
}

fn without_webhook(names: &Names, settings: &Settings) -> Value {
    json!({
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {
            "name": names.of("manager"),
            "namespace": names.namespace(),
            "labels": names.pod_labels(),
        },
        "spec": {
            "replicas": 1,
            "selector": { "matchLabels": names.pod_labels() },
            "strategy": { "type": "Recreate" },
            "template": {
                "metadata": {
                    "annotations": { "kubectl.kubernetes.io/default-container": "manager" },
                    "labels": names.pod_labels(),
                },
                "spec": {
                    "containers": [container(settings)],
                    "securityContext": {
                        "runAsNonRoot": true,
                        "seccompProfile": { "type": "RuntimeDefault" },
                    },
                    "serviceAccountName": names.service_account(),
                    "terminationGracePeriodSeconds": TERMINATION_GRACE_SECS,
                },
            },
        },
    })
}

fn container(settings: &Settings) -> Value {
    json!({
        "name": "manager",
        "image": settings.image,
        "env": environment(settings),
        "ports": [
            { "name": "metrics", "containerPort": port::METRICS, "protocol": "TCP" },
            { "name": "health", "containerPort": port::HEALTH, "protocol": "TCP" },
        ],
        "livenessProbe": probe("/healthz", 15, 20),
        "readinessProbe": probe("/readyz", 5, 10),
        "resources": {
            "requests": { "cpu": "10m", "memory": "64Mi" },
            "limits": { "memory": "128Mi" },
        },
        "securityContext": {
            "allowPrivilegeEscalation": false,
            "capabilities": { "drop": ["ALL"] },
            "readOnlyRootFilesystem": true,
        },
    })
}

fn environment(settings: &Settings) -> Vec<Value> {
    let mut variables = vec![json!({ "name": "LEADER_ELECT", "value": "false" })];
    if !settings.namespaces.is_empty() {
        let all: Vec<&str> = settings.namespaces.iter().map(String::as_str).collect();
        variables.push(json!({ "name": "NAMESPACE", "value": all.join(",") }));
    }
    variables
}

fn probe(path: &str, initial_delay_secs: u32, period_secs: u32) -> Value {
    json!({
        "httpGet": { "path": path, "port": "health" },
        "initialDelaySeconds": initial_delay_secs,
        "periodSeconds": period_secs,
    })
}
