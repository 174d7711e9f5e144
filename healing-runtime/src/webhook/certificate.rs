//! The webhook's own certificate: kept in a Secret that all replicas share, and told to the API server
//!
//! It owns the requests and their order; what to do is decided in `rotate`. It writes without the word of an election:
//! every replica needs the certificate, and the Secret's resourceVersion lets one of them win.

use std::time::Duration;

use jiff::Timestamp;
use k8s_openapi::api::{admissionregistration::v1::ValidatingWebhookConfiguration, core::v1::Secret};
use kube::core::ApiResource;
use serde_json::Value;

use super::{
    authority,
    rotate::{self, Material, Parts, Step},
    served::{Pair, Served},
};
use crate::{
    client::{CallError, Reader, Writer},
    clock::Clock,
    shutdown::Shutdown,
};

/// Keeps the certificate
///
/// # Flow
/// 1. reads the Secret 2. makes what is in it, if there is none, it is broken or expires soon; of several replicas one
///    wins 3. lets the configuration trust it 4. shows it: not before, or the API server would refuse it
/// # Guarantees
/// Nothing is written that is there already. A certificate of another replica is trusted as long as it may be shown.
/// # Assumptions
/// The names are this operator's alone: two that share a Secret would show each other's certificate.
/// # Caveats
/// Another replica shows a new certificate up to [`Store::LOOK`] later.
pub(crate) struct Store {
    pub(crate) parts: Parts,
    pub(crate) reader: Reader,
    pub(crate) writer: Writer,
    pub(crate) clock: Clock,
    pub(crate) served: Served,
    /// What is shown
    shown: Option<Material>,
    /// What was said last, so that it is said once
    told: Option<String>,
}

/// Why the certificate is not as it should be
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreError {
    /// Retried: the Secret cannot be read or written
    #[error(
        "the Secret `{name}` of the webhook's certificate: {source}; its role has to allow get, create and update"
    )]
    Secret { name: String, source: CallError },
    /// Retried: the configuration cannot be read or written
    #[error(
        "the ValidatingWebhookConfiguration `{name}`: {source}; it has to be there, and a role has to allow get and patch"
    )]
    Configuration { name: String, source: CallError },
    /// Retried: the configuration is not about this operator
    #[error("{0}")]
    NotOurs(String),
    /// Retried: the name of the Service is none that a certificate can have
    #[error("cannot make a certificate for `{host}`: {source}")]
    Make { host: String, source: rcgen::Error },
    /// Retried: others write the Secret all the time
    #[error("the Secret `{0}` changes too often")]
    Busy(String),
}

// === impl Store ===

impl Store {
    /// How often the Secret and the configuration are looked at
    const LOOK: Duration = Duration::from_mins(1);
    /// The same after a failure
    const RETRY: Duration = Duration::from_secs(5);
    /// Another replica may be first, and that again when its certificate is about to be replaced
    const TRIES: usize = 3;

    pub(crate) fn new(parts: Parts, client: (Reader, Writer), clock: Clock, served: Served) -> Self {
        let (reader, writer) = client;
        Self { parts, reader, writer, clock, served, shown: None, told: None }
    }

    /// Keeps it until the process ends
    pub(crate) async fn run(mut self, shutdown: Shutdown) {
        loop {
            let passed = tokio::select! {
                () = shutdown.begun() => return,
                passed = self.pass() => passed,
            };
            let pause = if passed.is_ok() { Self::LOOK } else { Self::RETRY };
            self.tell(passed.as_ref().err());
            tokio::select! {
                () = shutdown.begun() => return,
                () = self.clock.sleep(pause) => {}
            }
        }
    }

    /// Looks once, and mends what is to be mended
    ///
    /// # Errors
    /// [`StoreError`]; what is shown stays.
    pub(crate) async fn pass(&mut self) -> Result<(), StoreError> {
        let (material, pair) = self.material().await?;
        let trusted = self.trust(&material.authorities).await;
        // Where nothing was shown, a certificate that is not trusted yet is no worse than none.
        if self.shown.as_ref() != Some(&material) && (trusted.is_ok() || self.shown.is_none()) {
            tracing::info!(secret = self.parts.secret, until = %pair.not_after, "serving the webhook's certificate");
            self.served.show(pair);
            self.shown = Some(material);
        }
        trusted
    }

    /// What is in the Secret, made if it has to be
    async fn material(&self) -> Result<(Material, Pair), StoreError> {
        let Parts { namespace, secret: name, .. } = &self.parts;
        let failed = |source| StoreError::Secret { name: name.clone(), source };
        let resource = ApiResource::erase::<Secret>(&());
        for _ in 0..Self::TRIES {
            let found = match self.reader.get::<Value>(&resource, namespace, name).await {
                Ok(found) => found.content.unwrap_or_default(),
                Err(CallError::NotFound { .. }) => Value::Null,
                Err(error) => return Err(failed(error)),
            };
            let before = Material::of(&found);
            let now = self.clock.now();
            let why = match (rotate::step(before.as_ref(), &self.parts.host(), now), before) {
                (Step::Keep(pair), Some(material)) => return Ok((material, pair)),
                (Step::Keep(_), None) => String::new(),
                (Step::Make(why), _) => why,
            };
            tracing::info!(secret = name, why, "making a certificate for the webhook");
            match self.write(found, now).await? {
                Ok(()) | Err(CallError::AlreadyExists { .. } | CallError::Conflict { .. }) => {}
                Err(error) => return Err(failed(error)),
            }
        }
        Err(StoreError::Busy(name.clone()))
    }

    /// Makes a certificate and puts it into the Secret, which is as it was found
    async fn write(&self, found: Value, now: Timestamp) -> Result<Result<(), CallError>, StoreError> {
        let Parts { namespace, secret: name, .. } = &self.parts;
        let host = self.parts.host();
        let before = Material::of(&found).map(|material| material.authorities);
        let made = authority::make(&host, before.as_deref(), now)
            .map_err(|source| StoreError::Make { host, source })?;
        let is_new = found.is_null();
        let secret = made.put_into(found, &self.parts);
        Ok(if is_new {
            self.writer.create_secret(namespace, &secret).await
        } else {
            self.writer.replace_secret(namespace, name, &secret).await
        })
    }

    /// Lets the configuration trust these authorities
    async fn trust(&self, authorities: &str) -> Result<(), StoreError> {
        let name = &self.parts.configuration;
        let failed = |source| StoreError::Configuration { name: name.clone(), source };
        let resource = ApiResource::erase::<ValidatingWebhookConfiguration>(&());
        let found = self.reader.get::<Value>(&resource, "", name).await.map_err(failed)?;
        let configuration = found.content.unwrap_or_default();
        match rotate::trust(&configuration, &self.parts, authorities).map_err(StoreError::NotOurs)? {
            None => Ok(()),
            Some(patch) => {
                tracing::info!(configuration = name, "telling the API server whose certificate to trust");
                self.writer.patch_webhooks(name, &patch).await.map_err(failed)
            }
        }
    }

    /// Says what is wrong, once, and lets readiness say it; a call that was not answered says nothing about what is shown
    fn tell(&mut self, error: Option<&StoreError>) {
        let trouble = error.map(ToString::to_string);
        if !(self.shown.is_some() && error.is_some_and(StoreError::is_passing)) {
            self.served.note(trouble.clone());
        }
        if self.told != trouble {
            if let Some(trouble) = &trouble {
                tracing::warn!(trouble, "the webhook's certificate is not as it should be");
            }
            self.told = trouble;
        }
    }
}

// === impl StoreError ===

impl StoreError {
    /// Whether it says more about the moment than about what is set up
    fn is_passing(&self) -> bool {
        match self {
            Self::Secret { source, .. } | Self::Configuration { source, .. } => !matches!(
                source,
                CallError::NotFound { .. } | CallError::Forbidden { .. } | CallError::Invalid { .. }
            ),
            Self::Busy(_) => true,
            Self::NotOurs(_) | Self::Make { .. } => false,
        }
    }
}

#[cfg(test)]
mod tests;
