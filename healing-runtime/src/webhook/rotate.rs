//! What to do about the webhook's own certificate: pure, from what was read and the time
//!
//! It owns when a certificate is made anew, which authorities the API server is told, and whether it has to be told.
//! Keys are made in `authority`, requests are `certificate`'s.

use std::{sync::Arc, time::Duration};

use jiff::Timestamp;
use k8s_openapi::ByteString;
use rustls::{
    RootCertStore,
    client::{WebPkiServerVerifier, danger::ServerCertVerifier},
    crypto::ring,
    pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject},
};
use serde_json::{Value, json};

use super::{served::Pair, x509};
use crate::clock::add;

/// How the parts of a self-managed webhook are called
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Parts {
    /// The namespace of Service and Secret, which is the operator's
    pub(crate) namespace: String,
    /// The Service that the API server asks
    pub(crate) service: String,
    /// The Secret that all replicas share
    pub(crate) secret: String,
    /// The `ValidatingWebhookConfiguration`
    pub(crate) configuration: String,
}

/// What is in the Secret, all of it PEM
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Material {
    /// The certificate that is shown
    pub(crate) certificate: String,
    /// Its private key
    pub(crate) key: String,
    /// The authority that signed it, and the one before
    pub(crate) authorities: String,
}

/// What to do about the Secret
#[derive(Debug)]
pub(crate) enum Step {
    /// Nothing: this is good
    Keep(Pair),
    /// A new certificate is to be made, and why
    Make(String),
}

/// How long a certificate counts
pub(crate) const LIFE: Duration = Duration::from_hours(365 * 24);
/// A certificate that expires within this is made anew
pub(crate) const RENEW_BEFORE: Duration = Duration::from_hours(90 * 24);

const CERTIFICATE: &str = "tls.crt";
const KEY: &str = "tls.key";
const AUTHORITIES: &str = "ca.crt";

// === impl Parts ===

impl Parts {
    /// The name by which the API server asks
    pub(crate) fn host(&self) -> String {
        format!("{}.{}.svc", self.service, self.namespace)
    }
}

// === impl Material ===

impl Material {
    /// What is in a Secret; `None` if a part is missing or no text
    pub(crate) fn of(secret: &Value) -> Option<Self> {
        let part = |name: &str| {
            let said = secret["data"].get(name).filter(|part| part.is_string())?;
            let ByteString(bytes) = serde_json::from_value(said.clone()).ok()?;
            String::from_utf8(bytes).ok()
        };
        Some(Self { certificate: part(CERTIFICATE)?, key: part(KEY)?, authorities: part(AUTHORITIES)? })
    }

    /// `secret` with this in it; null makes a new one
    pub(crate) fn put_into(&self, mut secret: Value, parts: &Parts) -> Value {
        if secret.is_null() {
            secret = json!({
                "metadata": { "name": parts.secret, "namespace": parts.namespace },
                "type": "kubernetes.io/tls",
            });
        }
        secret["apiVersion"] = json!("v1");
        secret["kind"] = json!("Secret");
        for (name, text) in
            [(CERTIFICATE, &self.certificate), (KEY, &self.key), (AUTHORITIES, &self.authorities)]
        {
            secret["data"][name] = encoded(text);
        }
        secret
    }
}

/// What to do about what was found in the Secret, which is for `host`
pub(crate) fn step(found: Option<&Material>, host: &str, now: Timestamp) -> Step {
    let Some(material) = found else { return Step::Make("there is none yet".to_owned()) };
    let pair = match Pair::read(material.certificate.as_bytes(), material.key.as_bytes()) {
        Ok(pair) => pair,
        Err(error) => return Step::Make(error.to_string()),
    };
    match verify(material, host, add(now, RENEW_BEFORE)) {
        Ok(()) => Step::Keep(pair),
        Err(_) if pair.not_after <= add(now, RENEW_BEFORE) => {
            Step::Make(format!("the one in use expires at {}", pair.not_after))
        }
        Err(why) => Step::Make(format!("the API server would not trust the one in use: {why}")),
    }
}

/// The authorities to tell: the new one, and the one before, whose certificates other replicas may still show
pub(crate) fn authorities(new: &str, before: Option<&str>, now: Timestamp) -> String {
    let first = |pem: &str| CertificateDer::from_pem_slice(pem.as_bytes()).ok();
    let still_counts =
        |der: &CertificateDer<'_>| x509::validity(der).is_some_and(|times| times.not_after > now);
    let before = before.filter(|pem| first(pem).is_some_and(|der| still_counts(&der)));
    let end = "-----END CERTIFICATE-----\n";
    let before = before.and_then(|pem| pem.split_inclusive(end).next()).unwrap_or_default();
    format!("{new}{before}")
}

/// The patch with which the configuration's webhooks trust `authorities`; `None` if they do
///
/// Only those that ask our Service are touched.
///
/// # Errors
/// In words, if none does.
pub(crate) fn trust(
    configuration: &Value,
    parts: &Parts,
    authorities: &str,
) -> Result<Option<Value>, String> {
    let webhooks = configuration["webhooks"].as_array().into_iter().flatten();
    let ours: Vec<&Value> = webhooks
        .filter(|webhook| {
            let service = &webhook["clientConfig"]["service"];
            service["name"] == parts.service.as_str() && service["namespace"] == parts.namespace.as_str()
        })
        .collect();
    if ours.is_empty() {
        let Parts { configuration, service, namespace, .. } = parts;
        return Err(format!(
            "no webhook of the ValidatingWebhookConfiguration `{configuration}` asks the Service `{service}` in \
             `{namespace}`; apply the manifests, or give --webhook-service"
        ));
    }
    let bundle = encoded(authorities);
    let changed: Vec<Value> = ours
        .iter()
        .filter(|webhook| webhook["clientConfig"]["caBundle"] != bundle)
        .map(|webhook| json!({ "name": webhook["name"], "clientConfig": { "caBundle": bundle } }))
        .collect();
    let version = &configuration["metadata"]["resourceVersion"];
    let patch = json!({ "metadata": { "resourceVersion": version }, "webhooks": changed });
    Ok((!changed.is_empty()).then_some(patch))
}

/// Whether who trusts the authorities trusts the certificate at that time, as the API server would
fn verify(material: &Material, host: &str, at: Timestamp) -> Result<(), String> {
    let words = |error: &dyn std::fmt::Display| error.to_string();
    let certificates = |pem: &str| {
        let all = CertificateDer::pem_slice_iter(pem.as_bytes()).collect::<Result<Vec<_>, _>>();
        all.map_err(|error| words(&error))
    };
    let mut roots = RootCertStore::empty();
    for authority in certificates(&material.authorities)? {
        roots.add(authority).map_err(|error| words(&error))?;
    }
    let provider = Arc::new(ring::default_provider());
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider)
        .build()
        .map_err(|error| words(&error))?;
    let chain = certificates(&material.certificate)?;
    let (first, rest) = chain.split_first().ok_or("there is no certificate")?;
    let name = ServerName::try_from(host).map_err(|error| words(&error))?;
    let at = Duration::from_secs(u64::try_from(at.as_second()).unwrap_or_default());
    let at = UnixTime::since_unix_epoch(at);
    verifier.verify_server_cert(first, rest, &name, &[], at).map(drop).map_err(|error| words(&error))
}

/// Bytes as JSON has them in Kubernetes
fn encoded(text: &str) -> Value {
    serde_json::to_value(ByteString(text.as_bytes().to_vec())).unwrap_or_default()
}

#[cfg(test)]
mod tests;
