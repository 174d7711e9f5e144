//! Bodies of answers: whole, or a stream that goes on for as long as a watch does
//!
//! It owns their form on the way out, and that a stream ends in good order when the front does.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures::{Stream, StreamExt};
use http_body::{Frame, SizeHint};
use http_body_util::{BodyExt, Full, StreamBody, combinators::UnsyncBoxBody};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

use super::connection::Open;

/// The body of an answer
pub struct Body(UnsyncBoxBody<Bytes, io::Error>);

/// A body as it is sent: it knows the connection it counts for, and the end of the front
pub(super) struct Outgoing {
    body: Body,
    /// Set for streams: they would not end by themselves
    stop: Option<Pin<Box<WaitForCancellationFutureOwned>>>,
    _open: Open,
}

// === impl Body ===

impl Body {
    /// A body that is there as a whole; its length is announced
    pub fn whole(bytes: impl Into<Bytes>) -> Self {
        Self(Full::new(bytes.into()).map_err(|never| match never {}).boxed_unsync())
    }

    /// No body
    pub fn empty() -> Self {
        Self::whole(Bytes::new())
    }

    /// A body that comes piece by piece; each is sent at once, and the end of the stream is announced
    pub fn stream(pieces: impl Stream<Item = Bytes> + Send + 'static) -> Self {
        Self::breaking(pieces.map(Ok))
    }

    /// As [`Body::stream`], but an error cuts the connection (the stream, where it is HTTP/2) without announcing an end
    pub fn breaking(pieces: impl Stream<Item = io::Result<Bytes>> + Send + 'static) -> Self {
        let frames = pieces.then(|piece| async {
            if piece.is_err() {
                // Lets what came before it out first.
                tokio::task::yield_now().await;
            }
            piece.map(Frame::data)
        });
        Self(StreamBody::new(frames).boxed_unsync())
    }

    fn length(&self) -> Option<u64> {
        http_body::Body::size_hint(&self.0).exact()
    }
}

impl Default for Body {
    fn default() -> Self {
        Self::empty()
    }
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        Pin::new(&mut self.0).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.0.size_hint()
    }
}

impl std::fmt::Debug for Body {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Body").field("length", &self.length()).finish_non_exhaustive()
    }
}

// === impl Outgoing ===

impl Outgoing {
    pub(super) fn new(body: Body, stop: CancellationToken, open: Open) -> Self {
        let stop = body.length().is_none().then(|| Box::pin(stop.cancelled_owned()));
        Self { body, stop, _open: open }
    }
}

impl http_body::Body for Outgoing {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if let Some(stop) = &mut self.stop
            && stop.as_mut().poll(cx).is_ready()
        {
            return Poll::Ready(None);
        }
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
