//! The validating webhook: the API server asks about each object before it stores it
//!
//! It owns the start and the order of the parts. It is off unless an address is given, because the rules that a
//! definition can say the API server enforces by itself; a webhook adds what only Rust can say. Files in order: the
//! question and its answer, who judges, one HTTP request, connections; then the certificate: what is shown, its times,
//! files of somebody else's, or one of our own: when it is made, how, and where it is kept.

mod review;
mod judge;
mod request;
mod connection;
mod served;
mod x509;
mod files;
mod rotate;
mod authority;
mod certificate;
#[cfg(test)]
mod tests;

use std::{net::SocketAddr, path::PathBuf, sync::Arc};

use crd_gen::emit::{Names, webhook_names};
use jiff::Timestamp;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

pub(crate) use self::judge::Judge;
use self::{
    certificate::Store,
    connection::{Door, Listening},
    files::Files,
    request::Front,
    rotate::Parts,
    served::Served,
};
use crate::{
    client::{Reader, Writer},
    election::Leadership,
    process::Process,
    run::RunError,
    serve::{BindError, address::BindAddress},
};

/// What was said about the webhook
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct WebhookArgs {
    /// Where it listens; off by default
    pub(crate) bind_address: BindAddress,
    /// The folder with its certificate; `None`: it makes its own
    pub(crate) cert_path: Option<PathBuf>,
    /// The Service that the API server asks; this and what follows by default as crd-gen names it
    pub(crate) service: Option<String>,
    /// The Secret of its own certificate
    pub(crate) secret: Option<String>,
    /// The `ValidatingWebhookConfiguration` that is told to trust it
    pub(crate) configuration: Option<String>,
}

/// A webhook that listens and does not answer yet
///
/// # Flow
/// 1. [`Webhook::bind`] 2. [`Webhook::start`]: it answers from then on, before any cache is in sync and whoever leads
///    3. the process is told to end: no new connection, answers under way are finished, five seconds at most
/// # Guarantees
/// It writes nothing about the objects it is asked about, and a panic of a rule is one refusal. Sizes, connections and waits
/// are bounded. Without a certificate no handshake succeeds, and readiness says why there is none.
/// # Assumptions
/// The API server alone is to ask; who asks is not checked, because an answer tells nothing that was not sent.
/// # Caveats
/// Rules that look at the old object excuse what was wrong before and is unchanged; see `judge`.
#[derive(Debug)]
pub(crate) struct Webhook {
    listener: TcpListener,
    args: WebhookArgs,
}

// === impl WebhookArgs ===

impl Default for WebhookArgs {
    fn default() -> Self {
        Self {
            bind_address: BindAddress::Off,
            cert_path: None,
            service: None,
            secret: None,
            configuration: None,
        }
    }
}

impl WebhookArgs {
    /// How the parts are called that a certificate of our own needs
    fn parts(&self, operator: &str, namespace: &str) -> Parts {
        let names = Names::prefixed(operator);
        let [service, secret, configuration] = webhook_names(&names);
        Parts {
            namespace: namespace.to_owned(),
            service: self.service.clone().unwrap_or(service),
            secret: self.secret.clone().unwrap_or(secret),
            configuration: self.configuration.clone().unwrap_or(configuration),
        }
    }
}

// === impl Webhook ===

impl Webhook {
    const FLAG: &str = "--webhook-bind-address";

    /// Listens, unless it is off
    ///
    /// # Errors
    /// [`BindError`] for an address that cannot be had.
    pub(crate) async fn bind(args: &WebhookArgs) -> Result<Option<Self>, BindError> {
        let address = args.bind_address;
        let failed = |source| BindError::Bind { flag: Self::FLAG, address, source };
        let listener = address.bind().await.map_err(failed)?;
        Ok(listener.map(|listener| Self { listener, args: args.clone() }))
    }

    /// Where it listens, the port that the system chose included
    pub(crate) fn address(&self) -> Option<SocketAddr> {
        self.listener.local_addr().ok()
    }

    /// Answers until the process ends
    ///
    /// # Errors
    /// [`RunError::Configuration`] if TLS cannot be set up, which is a fault of ours.
    pub(crate) fn start(self, process: &Process, judges: Vec<Judge>) -> Result<(), RunError> {
        let Process { clock, shutdown, metrics, .. } = process;
        let served = Served::none("the certificate has not been read yet");
        let (asked, now) = (served.clone(), clock.clone());
        process.health.ready.register("webhook", move || asked.check(now.now()));
        let asked = served.clone();
        metrics.certificate_expiry(Box::new(move || asked.not_after().map(Timestamp::as_second)));

        if let Some(folder) = self.args.cert_path.clone() {
            let files = Files::new(folder, served.clone(), metrics.certificate());
            shutdown.spawn("webhook-certificate", files.run(clock.clone(), shutdown.clone()));
        } else {
            let parts = self.args.parts(&process.operator, process.client.default_namespace());
            let reader = Reader::new(process.client.clone());
            // All replicas answer the API server, so each may have to write the certificate: its resourceVersion decides.
            let writer = Writer::new(process.client.clone(), &process.operator, Leadership::always());
            let store = Store::new(parts, (reader, writer), clock.clone(), served.clone());
            shutdown.spawn("webhook-certificate", store.run(shutdown.clone()));
        }
        let tls = served.tls().map_err(|error| RunError::Configuration(error.to_string()))?;
        let judges = judges.into_iter().map(|judge| (metrics.webhook(&judge.path), judge));
        let front = Front::new(
            judges.map(|(metrics, judge)| (judge, metrics)),
            metrics.webhook_panics(),
            shutdown.clone(),
        );
        let door = Door {
            tls: TlsAcceptor::from(Arc::new(tls)),
            front: Arc::new(front),
            clock: clock.clone(),
            shutdown: shutdown.clone(),
        };
        shutdown.spawn("webhook", Listening::new(self.listener, door).run());
        Ok(())
    }
}
