//! The certificate that the webhook shows now, and why there is none
//!
//! It is swapped as a whole, so that connections that are open stay and the next handshake has the new one. Where it
//! comes from is the business of `files` and `certificate`.

use std::{
    fmt,
    sync::{Arc, PoisonError, RwLock},
};

use jiff::Timestamp;
use rustls::{
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    server::{ClientHello, ResolvesServerCert, ServerConfig},
    sign::CertifiedKey,
    version,
};

use super::x509;
use crate::serve::health::CheckState;

/// The certificate that is shown; clones are the same
#[derive(Clone)]
pub(crate) struct Served(Arc<RwLock<State>>);

#[derive(Default)]
struct State {
    shown: Option<(Arc<CertifiedKey>, Timestamp)>,
    /// What whoever provides the certificate has to say; empty: all is well
    trouble: Option<String>,
}

/// A certificate chain and its key, read and fit to be shown
#[derive(Clone, Debug)]
pub(crate) struct Pair {
    key: Arc<CertifiedKey>,
    /// When it ceases to count
    pub(crate) not_after: Timestamp,
}

/// Why a certificate and a key cannot be shown
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PairError {
    /// Not retried: it changes with the file or Secret
    #[error("the certificate is no PEM: {0}")]
    Certificate(String),
    /// Not retried: it changes with the file or Secret
    #[error("the private key is no PEM: {0}")]
    Key(String),
    /// Not retried: they are of two pairs, or of a kind that is not known here
    #[error("certificate and private key do not go together: {0}")]
    Mismatch(String),
    /// Not retried: until when it counts cannot be told
    #[error("the certificate cannot be read")]
    Unreadable,
}

// === impl Served ===

impl Served {
    /// Nothing is shown, and `why`
    pub(crate) fn none(why: impl Into<String>) -> Self {
        Self(Arc::new(RwLock::new(State { shown: None, trouble: Some(why.into()) })))
    }

    /// Shows this from the next handshake on; whatever was wrong is not any more
    pub(crate) fn show(&self, pair: Pair) {
        let mut state = self.0.write().unwrap_or_else(PoisonError::into_inner);
        *state = State { shown: Some((pair.key, pair.not_after)), trouble: None };
    }

    /// Notes what is wrong, or that nothing is; what is shown stays. True if that is news
    pub(crate) fn note(&self, trouble: Option<String>) -> bool {
        let mut state = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let is_news = state.trouble != trouble;
        state.trouble = trouble;
        is_news
    }

    /// Whether anything is shown
    pub(crate) fn is_there(&self) -> bool {
        self.0.read().unwrap_or_else(PoisonError::into_inner).shown.is_some()
    }

    /// When what is shown ceases to count
    pub(crate) fn not_after(&self) -> Option<Timestamp> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).shown.as_ref().map(|(_, until)| *until)
    }

    /// What the readiness check says
    pub(crate) fn check(&self, now: Timestamp) -> CheckState {
        let state = self.0.read().unwrap_or_else(PoisonError::into_inner);
        match (&state.shown, &state.trouble) {
            (_, Some(trouble)) => CheckState::NotReady(trouble.clone()),
            (None, None) => CheckState::NotReady("there is no certificate yet".to_owned()),
            (Some((_, until)), None) if *until <= now => {
                CheckState::NotReady(format!("the certificate expired at {until}"))
            }
            (Some(_), None) => CheckState::Ok,
        }
    }

    /// How the server speaks TLS: 1.2 or 1.3, with whatever is shown at the handshake; without a certificate there is
    /// none
    ///
    /// # Errors
    /// None but a fault of ours: the provider knows both versions.
    pub(crate) fn tls(&self) -> Result<ServerConfig, rustls::Error> {
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_protocol_versions(&[&version::TLS13, &version::TLS12])?
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(self.clone()));
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(config)
    }
}

impl ResolvesServerCert for Served {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let state = self.0.read().unwrap_or_else(PoisonError::into_inner);
        state.shown.as_ref().map(|(key, _)| Arc::clone(key))
    }
}

impl fmt::Debug for Served {
    // The state holds a key.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Served").field("not_after", &self.not_after()).finish_non_exhaustive()
    }
}

// === impl Pair ===

impl Pair {
    /// Reads a certificate chain and its private key, both PEM
    ///
    /// # Errors
    /// [`PairError`]; no part of the key is in it.
    pub(crate) fn read(certificates: &[u8], key: &[u8]) -> Result<Self, PairError> {
        let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(certificates)
            .collect::<Result<_, _>>()
            .map_err(|error| PairError::Certificate(error.to_string()))?;
        let first = chain.first().ok_or_else(|| PairError::Certificate("there is none in it".to_owned()))?;
        let not_after = x509::validity(first).ok_or(PairError::Unreadable)?.not_after;
        let key = PrivateKeyDer::from_pem_slice(key).map_err(|error| PairError::Key(error.to_string()))?;
        let key = CertifiedKey::from_der(chain, key, &ring::default_provider())
            .map_err(|error| PairError::Mismatch(error.to_string()))?;
        Ok(Self { key: Arc::new(key), not_after })
    }
}
