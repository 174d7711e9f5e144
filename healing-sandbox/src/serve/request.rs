//! One request: who asks, as whom, its body within the limits, then the answer
//!
//! What the answer is, is decided by the [`Answer`].

use std::io;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures::FutureExt;
use http::header::{CONTENT_LENGTH, EXPECT, HeaderValue};
use http::request::Parts;
use http::uri::PathAndQuery;
use http::{HeaderMap, Method, Request, Response, Uri};
use http_body::Body as _;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::body::{Body, Outgoing};
use super::connection::Open;
use super::identity::{User, identify};
use super::impersonate::{Target, impersonate};
use super::refusal::Refusal;
use super::task::Tasks;
use super::{Answer, NoAnswer};

/// What stands between a connection and the answers; clones are the same
#[derive(Clone)]
pub(super) struct Front<A> {
    answer: A,
    bodies: Arc<Semaphore>,
    tasks: Tasks,
}

// === impl Front ===

impl<A: Answer> Front<A> {
    /// The body of a request, in bytes: what a real API server takes
    const BODY: usize = 3 * 1024 * 1024;
    /// What is read of a longer one and thrown away, in bytes, so that its sender gets to read the answer
    const DISCARD: usize = 32 * 1024 * 1024;
    /// For the whole body to come
    const BODY_TIME: Duration = Duration::from_secs(30);
    /// Bodies that are read at the same time, over all connections: they are kept in memory
    const BODIES: usize = 64;

    pub(super) fn new(answer: A, tasks: Tasks) -> Self {
        Self { answer, bodies: Arc::new(Semaphore::new(Self::BODIES)), tasks }
    }

    /// Answers one request; what is wrong with it is an answer too. An error breaks the connection
    pub(super) async fn respond(
        self,
        request: Request<Incoming>,
        certified: Option<User>,
        open: Open,
    ) -> Result<Response<Outgoing>, io::Error> {
        let is_head = request.method() == Method::HEAD;
        let response = AssertUnwindSafe(self.pass_on(request, certified)).catch_unwind().await;
        let response = response.unwrap_or_else(|_| Err(Refusal::panicked()));
        let response = response.unwrap_or_else(Refusal::into_response);
        let (mut parts, mut body) = response.into_parts();
        if parts.extensions.get::<NoAnswer>().is_some() {
            return Err(io::ErrorKind::ConnectionAborted.into());
        }
        if is_head {
            let length = body.size_hint().exact();
            parts.headers.extend(length.map(|length| (CONTENT_LENGTH, HeaderValue::from(length))));
            body = Body::empty();
        }
        Ok(Response::from_parts(parts, Outgoing::new(body, self.tasks.stopped(), open)))
    }

    async fn pass_on(
        &self,
        request: Request<Incoming>,
        certified: Option<User>,
    ) -> Result<Response<Body>, Refusal> {
        let (mut parts, body) = request.into_parts();
        let user = identify(&mut parts.headers, certified, |token| self.answer.authenticate(token))?;
        let target = Target { method: &parts.method, path: parts.uri.path() };
        let user = impersonate(&mut parts.headers, user, &target)?;
        reduce(&mut parts);
        let body = self.collect(&parts.headers, body).await?;
        Ok(self.answer.answer(Request::from_parts(parts, body), user).await)
    }

    /// The whole body
    async fn collect(&self, headers: &HeaderMap, body: Incoming) -> Result<Bytes, Refusal> {
        if body.is_end_stream() {
            return Ok(Bytes::new());
        }
        let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
        let waits = headers.contains_key(EXPECT);
        if announced > Self::BODY.saturating_add(Self::DISCARD) || (waits && announced > Self::BODY) {
            return Err(Refusal::too_large(Self::BODY));
        }
        let read = async {
            let _permit = self.bodies.acquire().await;
            read(body, Self::BODY, Self::DISCARD).await
        };
        timeout(Self::BODY_TIME, read).await.unwrap_or_else(|_| Err(Refusal::too_slow()))
    }
}

/// Leaves what an API server looks at: the path and query as target, and no trace of the connection
fn reduce(parts: &mut Parts) {
    let target = parts.uri.path_and_query().cloned().unwrap_or_else(|| PathAndQuery::from_static("/"));
    parts.uri = Uri::from(target);
    parts.extensions.clear();
}

/// Reads a body of at most `limit` bytes; of a longer one `discard` more, which are thrown away
async fn read(mut body: Incoming, limit: usize, discard: usize) -> Result<Bytes, Refusal> {
    let (mut kept, mut seen) = (BytesMut::new(), 0_usize);
    while let Some(frame) = body.frame().await {
        let frame =
            frame.map_err(|error| Refusal::bad_request(&format!("the body cannot be read: {error}")))?;
        let Ok(data) = frame.into_data() else { continue };
        seen = seen.saturating_add(data.len());
        if seen <= limit {
            kept.extend_from_slice(&data);
        } else if seen <= limit.saturating_add(discard) {
            kept = BytesMut::new();
        } else {
            break;
        }
    }
    if seen > limit { Err(Refusal::too_large(limit)) } else { Ok(kept.freeze()) }
}
