//! Limits on connections: how many at once, and how long one may live
//!
//! The servers face a whole cluster. A client that opens connections and says nothing must not cost the operator
//! more than a bounded number of them.

use std::{
    io,
    net::SocketAddr,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use axum::serve::Listener;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, Sleep, sleep_until},
};

/// A listener with at most [`Limited::CONNECTIONS`] open connections; further ones wait in the system's backlog
pub(super) struct Limited {
    listener: TcpListener,
    free: Arc<Semaphore>,
}

/// A connection that ends by itself
pub(super) struct LimitedStream {
    stream: TcpStream,
    end: Pin<Box<Sleep>>,
    _permit: OwnedSemaphorePermit,
}

// === impl Limited ===

impl Limited {
    const CONNECTIONS: usize = 64;
    /// A scraper that keeps its connection opens a new one after this; nothing waits for a slow client any longer
    const LIFETIME: Duration = Duration::from_mins(2);

    pub(super) fn new(listener: TcpListener) -> Self {
        Self { listener, free: Arc::new(Semaphore::new(Self::CONNECTIONS)) }
    }
}

impl Listener for Limited {
    type Io = LimitedStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        let permit = Arc::clone(&self.free).acquire_owned().await.expect("the semaphore is never closed");
        // Listener's own accept outlasts errors such as a lack of file descriptors.
        let (stream, peer) = Listener::accept(&mut self.listener).await;
        let end = Box::pin(sleep_until(Instant::now() + Self::LIFETIME));
        (LimitedStream { stream, end, _permit: permit }, peer)
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.listener.local_addr()
    }
}

// === impl LimitedStream ===

impl AsyncRead for LimitedStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        // A connection always has a read pending, so this is where its end is noticed.
        if self.end.as_mut().poll(cx).is_ready() {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for LimitedStream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buffer)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
