//! Connections: how many, how long each may keep the server waiting, and how they end
//!
//! Every local user can open a connection, so what one can cost is bounded before anybody has proved who they are.
//! What is asked on a connection is the business of `request`.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::certificate::{Certificates, Users};
use super::request::Front;
use super::task::Tasks;
use super::{Answer, ServeError};
use crate::clock::Clock;

/// The socket and what comes in there
pub(super) struct Listening<A> {
    listener: TcpListener,
    free: Arc<Semaphore>,
    door: Door<A>,
}

/// What every connection has in common; clones are the same
#[derive(Clone)]
struct Door<A> {
    tls: TlsAcceptor,
    users: Arc<Users>,
    front: Front<A>,
    tasks: Tasks,
}

/// A request that is under way, from its headers to the end of its answer
pub(super) struct Open(watch::Sender<usize>);

// === impl Listening ===

impl<A: Answer> Listening<A> {
    /// Open connections; further ones wait in the system's backlog
    const CONNECTIONS: usize = 1000;
    /// After the system could not hand out a connection, for lack of file descriptors most of all
    const PAUSE: Duration = Duration::from_millis(100);

    pub(super) fn new(
        listener: TcpListener,
        certificates: &Certificates,
        front: Front<A>,
        tasks: Tasks,
    ) -> Result<Self, ServeError> {
        let tls = TlsAcceptor::from(Arc::new(certificates.tls()?));
        let users = Arc::new(certificates.users());
        let free = Arc::new(Semaphore::new(Self::CONNECTIONS));
        Ok(Self { listener, free, door: Door { tls, users, front, tasks } })
    }

    /// Takes connections until the front ends
    pub(super) async fn run(self) {
        loop {
            let (stream, permit) = tokio::select! {
                () = self.door.tasks.stopping() => return,
                next = self.next() => next,
            };
            let door = self.door.clone();
            self.door.tasks.spawn(async move {
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
                    tracing::debug!(%error, "cannot take a connection");
                    Clock::system().sleep(Self::PAUSE).await;
                }
            }
        }
    }
}

// === impl Door ===

impl<A: Answer> Door<A> {
    /// From the connection to the end of the TLS handshake
    const HANDSHAKE: Duration = Duration::from_secs(10);
    /// Without a request under way, the headers of the next one included: longer than the 90 s for which common
    /// clients keep a connection that they do not use
    const QUIET: Duration = Duration::from_secs(100);
    /// What is under way may take this long once the connection is to end
    const FINISH: Duration = Duration::from_secs(5);
    /// All headers of one request, in bytes
    const HEADERS: usize = 128 * 1024;
    /// Requests at the same time on one HTTP/2 connection
    const STREAMS: u32 = 250;
    /// On HTTP/2 a peer is asked this often whether it is there
    const PING: Duration = Duration::from_secs(30);
    /// and has this long to answer
    const PONG: Duration = Duration::from_secs(20);

    async fn serve(self, stream: TcpStream) {
        // Events are small and must not wait for more; where the system refuses, they do.
        let _ = stream.set_nodelay(true);
        let handshake = timeout(Self::HANDSHAKE, self.tls.accept(stream));
        let accepted = tokio::select! {
            () = self.tasks.stopping() => return,
            accepted = handshake => accepted.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())),
        };
        match accepted {
            Ok(stream) => self.speak(stream).await,
            Err(error) => tracing::debug!(%error, "a TLS handshake failed"),
        }
    }

    /// Answers what is asked on one connection, until it is closed, has been quiet for too long, or the front ends
    async fn speak(self, stream: TlsStream<TcpStream>) {
        let certificates = stream.get_ref().1.peer_certificates();
        let user =
            certificates.and_then(<[_]>::first).and_then(|first| self.users.get(first.as_ref())).cloned();
        let (opened, mut open) = watch::channel(0);
        let front = self.front.clone();
        let service = service_fn(move |request| {
            front.clone().respond(request, user.clone(), Open::new(opened.clone()))
        });
        let protocol = self.protocol();
        let mut connection = std::pin::pin!(protocol.serve_connection(TokioIo::new(stream), service));
        let ended = tokio::select! {
            ended = connection.as_mut() => Some(ended),
            () = self.tasks.stopping() => None,
            () = quiet(&mut open, Self::QUIET) => None,
        };
        let ended = if let Some(ended) = ended {
            ended
        } else {
            connection.as_mut().graceful_shutdown();
            let late = |_| Err(io::Error::from(io::ErrorKind::TimedOut).into());
            timeout(Self::FINISH, connection).await.unwrap_or_else(late)
        };
        if let Err(error) = ended {
            tracing::debug!(%error, "a connection ended");
        }
    }

    fn protocol(&self) -> auto::Builder<Tasks> {
        let mut protocol = auto::Builder::new(self.tasks.clone());
        let mut http1 = protocol.http1();
        http1.timer(TokioTimer::new()).header_read_timeout(Self::QUIET).max_buf_size(Self::HEADERS);
        let mut http2 = protocol.http2();
        http2
            .timer(TokioTimer::new())
            .max_concurrent_streams(Self::STREAMS)
            .max_header_list_size(u32::try_from(Self::HEADERS).unwrap_or(u32::MAX))
            .keep_alive_interval(Self::PING)
            .keep_alive_timeout(Self::PONG);
        protocol
    }
}

// === impl Open ===

impl Open {
    fn new(count: watch::Sender<usize>) -> Self {
        count.send_modify(|open| *open += 1);
        Self(count)
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.send_modify(|open| *open -= 1);
    }
}

/// Waits until nothing was under way for `limit`
async fn quiet(open: &mut watch::Receiver<usize>, limit: Duration) {
    // The sender lives as long as the connection, so neither wait ends by its drop.
    while open.wait_for(|open| *open == 0).await.is_ok() {
        if timeout(limit, open.wait_for(|open| *open > 0)).await.is_err() {
            return;
        }
    }
    std::future::pending::<()>().await;
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;
    use crate::serve::{Body, User};

    #[derive(Clone)]
    struct Nothing;

    impl Answer for Nothing {
        async fn answer(&self, _: http::Request<bytes::Bytes>, _: User) -> http::Response<Body> {
            http::Response::default()
        }
    }

    #[tokio::test]
    async fn a_connection_too_many_waits_until_another_ends() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (tasks, certificates) = (Tasks::default(), Certificates::make().unwrap());
        let front = Front::new(Nothing, tasks.clone());
        let mut listening = Listening::new(listener, &certificates, front, tasks.clone()).unwrap();
        listening.free = Arc::new(Semaphore::new(1));
        tasks.spawn(listening.run());
        // Too little for a handshake, so the server waits for more; then enough for it to give up.
        let mut first = TcpStream::connect(address).await.unwrap();
        first.write_all(b"\x16\x03\x01").await.unwrap();
        let mut second = TcpStream::connect(address).await.unwrap();
        second.write_all(b"GET / HTTP/1.1\r\n\r\n").await.unwrap();
        let mut said = [0; 64];
        // On paused time a wait is over once nothing moves any more.
        tokio::time::pause();
        let early = timeout(Duration::from_millis(1), second.read(&mut said));
        assert!(early.await.is_err(), "not while the first is open");
        tokio::time::resume();
        drop(first);
        let _ends: io::Result<usize> = second.read(&mut said).await;
        tasks.stop().await;
    }
}
