//! What makes the API server ask the operator about objects: Service, configuration and certificate
//!
//! The certificate is the operator's own or cert-manager's: whoever makes it renews it, and writes its authority into
//! the configuration. What the operator answers is the runtime's business.

use healing_model::{Blueprint, Identity};
use serde_json::{Value, json};

use super::{Names, Settings, deployment::port};
use crate::Description;

/// The Secret with cert-manager's certificate; it has the same name everywhere, because kustomize does not know it as a name
pub(super) const SECRET: &str = "webhook-server-cert";
/// Where the operator's container sees the certificate
pub(super) const CERT_PATH: &str = "/tmp/k8s-webhook-server/serving-certs";

const ISSUER: &str = "selfsigned-issuer";
const CERTIFICATE: &str = "serving-cert";
const SERVICE: &str = "webhook-service";
const CONFIGURATION: &str = "validating-webhook-configuration";

/// What a certificate of the operator's own is about: its Service, its Secret and the configuration that trusts it
pub fn webhook_names(names: &Names) -> [String; 3] {
    [SERVICE, "webhook-certificate", CONFIGURATION].map(|name| names.of(name))
}

/// The Service that the API server asks; 443 is what it expects, 9443 what needs no privilege
pub fn webhook_service(names: &Names) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {
            "name": names.of(SERVICE),
            "namespace": names.namespace(),
            "labels": names.labels(),
        },
        "spec": {
            // whoever waits for a watch to be in sync can judge objects already
            "publishNotReadyAddresses": true,
            "ports": [{ "name": "webhook", "port": 443, "protocol": "TCP", "targetPort": port::WEBHOOK }],
            "selector": names.pod_labels(),
        },
    })
}

/// Which writes are asked about: creation and update of each resource, in the namespaces that the operator is limited to
///
/// Nothing of the operator's own is among them, so it starts whatever the webhook does.
pub fn webhook_configuration(names: &Names, description: &Description, settings: &Settings) -> Value {
    let blueprints = description.resources.iter().map(|one| &one.blueprint);
    json!({
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingWebhookConfiguration",
        "metadata": {
            "name": names.of(CONFIGURATION),
            "labels": names.labels(),
        },
        "webhooks": blueprints.map(|blueprint| webhook(names, blueprint, settings)).collect::<Vec<_>>(),
    })
}

fn webhook(names: &Names, blueprint: &Blueprint, settings: &Settings) -> Value {
    let identity @ Identity { group, version, kind, plural, .. } = &blueprint.identity;
    let said = blueprint.webhook.unwrap_or_default();
    let mut webhook = json!({
        "name": format!("v{}.kb.io", kind.to_lowercase()),
        "admissionReviewVersions": ["v1"],
        "clientConfig": {
            "service": {
                "name": names.of(SERVICE),
                "namespace": names.namespace(),
                "path": webhook_path(identity),
            },
        },
        "failurePolicy": said.failure_policy.as_str(),
        "rules": [{
            "apiGroups": [group],
            "apiVersions": [version],
            "operations": ["CREATE", "UPDATE"],
            "resources": [plural],
        }],
        "sideEffects": "None",
        "timeoutSeconds": said.timeout_seconds,
    });
    if !settings.namespaces.is_empty() {
        let named = json!({
            "key": "kubernetes.io/metadata.name",
            "operator": "In",
            "values": settings.namespaces,
        });
        webhook["namespaceSelector"] = json!({ "matchExpressions": [named] });
    }
    webhook
}

/// Where the operator is asked about a resource, such as `/validate-example-com-v1-healingservice`
pub fn webhook_path(Identity { group, version, kind, .. }: &Identity) -> String {
    format!("/validate-{}-{version}-{}", group.replace('.', "-"), kind.to_lowercase())
}

/// Asks cert-manager to write its authority into [`webhook_configuration`]; `installed` are the final names
pub fn injection(installed: &Names) -> Value {
    let certificate = format!("{}/{}", installed.namespace(), installed.of(CERTIFICATE));
    json!({ "cert-manager.io/inject-ca-from": certificate })
}

/// Signs with a key of its own: the API server is told the authority, nobody else has to trust it
pub fn issuer(names: &Names) -> Value {
    json!({
        "apiVersion": "cert-manager.io/v1",
        "kind": "Issuer",
        "metadata": {
            "name": names.of(ISSUER),
            "namespace": names.namespace(),
            "labels": names.labels(),
        },
        "spec": { "selfSigned": {} },
    })
}

/// The certificate of [`webhook_service`]; `installed` are the final names, which it is for
pub fn certificate(names: &Names, installed: &Names) -> Value {
    let service = format!("{}.{}.svc", installed.of(SERVICE), installed.namespace());
    json!({
        "apiVersion": "cert-manager.io/v1",
        "kind": "Certificate",
        "metadata": {
            "name": names.of(CERTIFICATE),
            "namespace": names.namespace(),
            "labels": names.labels(),
        },
        "spec": {
            "dnsNames": [&service, format!("{service}.cluster.local")],
            "issuerRef": { "kind": "Issuer", "name": names.of(ISSUER) },
            "secretName": SECRET,
        },
    })
}
