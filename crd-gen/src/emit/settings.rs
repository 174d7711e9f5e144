//! What whoever installs an operator decides, besides what its author declared
//!
//! It says what was asked for. What follows from it is each emitter's business.

use std::collections::BTreeSet;

use healing_model::Scope;

use crate::Description;

/// How an operator is to be installed
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// Image of the operator, used as it is
    pub image: String,
    /// The namespaces that the operator works in, and no other; empty: all
    pub namespaces: BTreeSet<String>,
    /// Whether the API server asks the operator about objects
    pub webhook: WebhookParts,
    /// Whether the operator is scraped and alerted on; needs the definitions of the Prometheus operator
    pub monitoring: bool,
}

/// Whether the API server asks the operator about objects, and whose certificate it is shown
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WebhookParts {
    /// It does not ask
    #[default]
    Off,
    /// The operator makes its certificate
    OwnCertificate,
    /// cert-manager makes it, which the cluster needs to have
    CertManager,
}

/// Settings that no manifests can be made for
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// Objects in the cluster cannot be granted in a namespace
    #[error(
        "resource `{kind}` is cluster-scoped and belongs to no namespace; leave --namespace out, or declare it Namespaced"
    )]
    ClusterScoped {
        /// The kind
        kind: String,
    },
}

// === impl Settings ===

impl Settings {
    /// An operator of this image that works in all namespaces
    pub fn of(image: impl Into<String>) -> Self {
        Self { image: image.into(), ..Self::default() }
    }

    /// Whether manifests of this operator can be made so
    ///
    /// # Errors
    /// The first [`SettingsError`] that applies.
    pub fn check(&self, description: &Description) -> Result<(), SettingsError> {
        let mut identities = description.resources.iter().map(|one| &one.blueprint.identity);
        match identities.find(|identity| identity.scope == Scope::Cluster) {
            Some(identity) if !self.namespaces.is_empty() => {
                Err(SettingsError::ClusterScoped { kind: identity.kind.clone() })
            }
            _ => Ok(()),
        }
    }
}

/// The name of a namespace, as the API server takes it: a DNS label
///
/// # Errors
/// What a name has to be like.
pub fn namespace_name(name: &str) -> Result<String, &'static str> {
    let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = name.as_bytes();
    let whole = bytes.iter().all(|&byte| inner(byte) || byte == b'-');
    let ends =
        bytes.first().is_some_and(|&byte| inner(byte)) && bytes.last().is_some_and(|&byte| inner(byte));
    if whole && ends && bytes.len() <= 63 {
        Ok(name.to_owned())
    } else {
        Err("a namespace has 1 to 63 of a-z, 0-9 and '-', and begins and ends with a letter or digit")
    }
}
