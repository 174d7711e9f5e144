//! The way of a client of this process to the API server: no socket, no TLS, no copy of what is read
//!
//! It owns the service below a [`kube::Client`]. Who else may answer in place of the server is `host`'s business.

use std::io;
use std::task::{Context, Poll};

use futures::FutureExt;
use futures::future::BoxFuture;
use http::header::USER_AGENT;
use http::{HeaderValue, Request, Response, StatusCode};
use http_body_util::BodyExt;
use kube::client::Body as ClientBody;
use tower::Service;

use crate::host::Host;
use crate::serve::{Answer, Body, NoAnswer, User};

/// Requests of one user to the API server of this process
#[derive(Clone, Debug)]
pub(crate) struct InProcess {
    host: Host,
    user: User,
    /// What the client calls itself
    agent: Option<HeaderValue>,
}

// === impl InProcess ===

impl InProcess {
    /// A client that asks as `user`, with `namespace` where a request names none
    pub(crate) fn client(host: &Host, user: User, namespace: &str) -> kube::Client {
        kube::Client::new(Self { host: host.clone(), user, agent: None }, namespace)
    }

    /// As [`Self::client`], and it calls itself `name`, so that rules and the trace can tell it from others
    pub(crate) fn named(host: &Host, user: User, namespace: &str, name: &str) -> kube::Client {
        let agent = HeaderValue::from_str(name).ok();
        kube::Client::new(Self { host: host.clone(), user, agent }, namespace)
    }
}

impl Service<Request<ClientBody>> for InProcess {
    type Response = Response<Body>;
    type Error = io::Error;
    type Future = BoxFuture<'static, Result<Self::Response, io::Error>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), io::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<ClientBody>) -> Self::Future {
        let Self { host, user, agent } = self.clone();
        async move {
            let (mut parts, body) = request.into_parts();
            parts.headers.extend(agent.map(|agent| (USER_AGENT, agent)));
            let Ok(body) = body.collect().await else {
                let mut answer = Response::new(Body::whole("the body could not be read"));
                *answer.status_mut() = StatusCode::BAD_REQUEST;
                return Ok(answer);
            };
            let answer = host.answer(Request::from_parts(parts, body.to_bytes()), user).await;
            match answer.extensions().get::<NoAnswer>() {
                Some(NoAnswer) => Err(io::ErrorKind::ConnectionReset.into()),
                None => Ok(answer),
            }
        }
        .boxed()
    }
}
