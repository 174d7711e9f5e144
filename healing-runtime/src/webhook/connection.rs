//! Connections of the webhook: how many, how long each may keep the server waiting, and how they end
//!
//! Everybody in the cluster can open a connection, so what one can cost is bounded before anything was asked. It
//! speaks TLS and HTTP/1.1: the API server is content with that, and HTTP/2 would be more to bound. What is asked on a
//! connection is `request`'s business.

use std::{io, sync::Arc, time::Duration};

use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

use super::request::Front;
use crate::{clock::Clock, shutdown::Shutdown};

/// The socket and what comes in there
pub(super) struct Listening {
    pub(super) listener: TcpListener,
    pub(super) free: Arc<Semaphore>,
    pub(super) door: Door,
}

/// What every connection has in common; clones are the same
#[derive(Clone)]
pub(super) struct Door {
    pub(super) tls: TlsAcceptor,
    pub(super) front: Arc<Front>,
    pub(super) clock: Clock,
    pub(super) shutdown: Shutdown,
}

// === impl Listening ===

impl Listening {
    /// Open connections; further ones wait in the system's backlog
    const CONNECTIONS: usize = 100;
    /// After the system could not hand out a connection, for lack of file descriptors most of all
    const PAUSE: Duration = Duration::from_millis(100);

    pub(super) fn new(listener: TcpListener, door: Door) -> Self {
        Self { listener, free: Arc::new(Semaphore::new(Self::CONNECTIONS)), door }
    }

    /// Takes connections until the process is to end
    pub(super) async fn run(self) {
        loop {
            let (stream, permit) = tokio::select! {
                () = self.door.shutdown.begun() => return,
                next = self.next() => next,
            };
            let door = self.door.clone();
            self.door.shutdown.spawn("webhook-connection", async move {
                door.serve(stream).await;
                drop(permit);
            });
        }
    }

    async fn next(&self) -> (TcpStream, OwnedSemaphorePermit) {
        let permit = Arc::clone(&self.free).acquire_owned().await.expect("the semaphore is never closed");
        loop {
            match self.listener.accept().await {
                Ok((stream, _)) => return (stream, permit),
                Err(error) => {
                    tracing::debug!(%error, "cannot take a connection of the webhook");
                    self.door.clock.sleep(Self::PAUSE).await;
                }
            }
        }
    }
}

// === impl Door ===

impl Door {
    /// From the connection to the end of the TLS handshake
    const HANDSHAKE: Duration = Duration::from_secs(10);
    /// Until the headers of the next request are there: longer than the 90 s for which an API server keeps a connection
    /// that it does not use
    const QUIET: Duration = Duration::from_secs(100);
    /// What is under way may take this long once the process is to end
    const FINISH: Duration = Duration::from_secs(5);
    /// All headers of one request, in bytes
    const HEADERS: usize = 64 * 1024;

    async fn serve(self, stream: TcpStream) {
        // Answers are small and must not wait for more; where the system refuses, they do.
        let _ = stream.set_nodelay(true);
        let handshake = timeout(Self::HANDSHAKE, self.tls.accept(stream));
        let accepted = tokio::select! {
            () = self.shutdown.begun() => return,
            accepted = handshake => accepted.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())),
        };
        match accepted {
            Ok(stream) => self.speak(stream).await,
            Err(error) => tracing::debug!(%error, "a TLS handshake with the webhook failed"),
        }
    }

    /// Answers what is asked on one connection, until it is closed, has been quiet for too long, or the process ends
    async fn speak(self, stream: TlsStream<TcpStream>) {
        let front = Arc::clone(&self.front);
        let service = service_fn(move |request| {
            let front = Arc::clone(&front);
            async move { front.respond(request).await }
        });
        let mut protocol = http1::Builder::new();
        protocol.timer(TokioTimer::new()).header_read_timeout(Self::QUIET).max_buf_size(Self::HEADERS);
        let mut connection = std::pin::pin!(protocol.serve_connection(TokioIo::new(stream), service));
        let ended = tokio::select! {
            ended = connection.as_mut() => Ok(ended),
            () = self.shutdown.begun() => {
                connection.as_mut().graceful_shutdown();
                timeout(Self::FINISH, connection).await
            }
        };
        match ended {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::debug!(%error, "a connection of the webhook ended"),
            Err(_) => tracing::debug!("a connection of the webhook was still open at the end"),
        }
    }
}
