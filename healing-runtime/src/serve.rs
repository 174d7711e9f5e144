//! The HTTP servers of the process: `/metrics` on one address, `/healthz` and `/readyz` on another
//!
//! It owns sockets, limits and routes. What the pages say is decided in `metrics` and `serve/health`. Nothing here
//! changes anything in the operator.

pub(crate) mod address;
mod connection;
pub(crate) mod health;
#[cfg(test)]
mod tests;

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use axum::{
    Router,
    extract::State,
    http::{HeaderMap, header},
    response::IntoResponse,
    routing::get,
};
use futures::FutureExt;
use tokio::net::TcpListener;

use crate::{
    metrics::{Metrics, exposition::Format},
    serve::{address::BindAddress, connection::Limited, health::Health},
};

/// The sockets of the process, bound and not yet answering
///
/// Bound before anything else starts, so that a port in use ends the program at once and says so.
#[derive(Debug)]
pub(crate) struct Servers {
    metrics: Option<TcpListener>,
    health: Option<TcpListener>,
}

/// Why a server cannot listen
#[derive(Debug, thiserror::Error)]
pub(crate) enum BindError {
    /// Not retried: the address is in use, or not ours
    #[error("cannot listen on '{address}' ({flag}): {source}; give another address, or '0' to switch it off")]
    Bind {
        /// The flag that names the address
        flag: &'static str,
        /// The address, as it was given
        address: BindAddress,
        /// What the system says
        source: io::Error,
    },
}

// === impl Servers ===

impl Servers {
    /// How long an answer may still take once the process was told to stop
    const DRAIN: Duration = Duration::from_secs(5);

    /// Listens on both addresses, as far as they are not switched off
    ///
    /// # Errors
    /// [`BindError`], which names the flag.
    pub(crate) async fn bind(metrics: BindAddress, health: BindAddress) -> Result<Self, BindError> {
        let failed = |flag, address| move |source| BindError::Bind { flag, address, source };
        Ok(Self {
            metrics: metrics.bind().await.map_err(failed("--metrics-bind-address", metrics))?,
            health: health.bind().await.map_err(failed("--health-probe-bind-address", health))?,
        })
    }

    /// Where `/metrics` is, the port that the system chose included; `None`: switched off
    pub(crate) fn metrics_address(&self) -> Option<SocketAddr> {
        self.metrics.as_ref().and_then(|listener| listener.local_addr().ok())
    }

    /// Where `/healthz` and `/readyz` are; `None`: switched off
    pub(crate) fn health_address(&self) -> Option<SocketAddr> {
        self.health.as_ref().and_then(|listener| listener.local_addr().ok())
    }

    /// Answers until `shutdown` is ready, then takes no new connection and ends with the answers under way, at most
    /// five seconds later
    pub(crate) async fn run(
        self,
        metrics: Arc<Metrics>,
        health: Arc<Health>,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) {
        let shutdown = shutdown.shared();
        let answer = |listener: Option<TcpListener>, router: Router| {
            let stop = shutdown.clone();
            async move {
                let Some(listener) = listener else { return };
                let serving = axum::serve(Limited::new(listener), router).with_graceful_shutdown(stop);
                if let Err(error) = serving.await {
                    tracing::error!(%error, "an HTTP server ended");
                }
            }
        };
        let both = futures::future::join(
            answer(self.metrics, metrics_router(metrics)),
            answer(self.health, health::router(health)),
        );
        let late =
            shutdown.clone().then(|()| tokio::time::timeout(Self::DRAIN, std::future::pending::<()>()));
        tokio::select! {
            _ = both => {}
            _ = late => tracing::debug!("connections were still open when the HTTP servers ended"),
        }
    }
}

/// `/metrics`, in the form that the scraper asks for
fn metrics_router(metrics: Arc<Metrics>) -> Router {
    async fn page(State(metrics): State<Arc<Metrics>>, headers: HeaderMap) -> impl IntoResponse {
        let accept = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
        let format = Format::negotiate(accept);
        ([(header::CONTENT_TYPE, format.content_type())], metrics.expose(format))
    }
    Router::new().route("/metrics", get(page)).with_state(metrics)
}
