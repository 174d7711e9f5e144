//! A proxy between an operator and the API server that can hold a request before it is sent, or its answer
//!
//! An operator of this process asks through a client of it; a process speaks plain HTTP to it, and it adds credentials
//! and TLS. It changes nothing and retries nothing. What is held and never let go ends as a cut connection, as if the
//! network had failed.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::State;
use axum::response::Response;
use healing_api_server::Target;
use http::header::{AUTHORIZATION, CONNECTION, CONTENT_LENGTH, HOST, TRANSFER_ENCODING};
use http::{HeaderMap, Method, Request};
use http_body_util::BodyExt;
use kube::Client;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};
use tokio_util::task::AbortOnDropHandle;

use crate::failure::Failure;
use crate::wait;

/// Largest body of a request: more than the API server takes
const BODY_MAX: usize = 8 * 1024 * 1024;

/// A proxy; on loopback it serves as long as this value lives
pub(crate) struct Proxy {
    upstream: Upstream,
    serving: Option<(SocketAddr, AbortOnDropHandle<()>)>,
}

/// A request that came to the proxy
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) method: Method,
    /// Path without the query
    pub(crate) path: String,
    pub(crate) body: Bytes,
}

/// Holds matching requests as long as it lives; those that come later pass
#[must_use = "nothing is held once it is dropped"]
pub(crate) struct Hold {
    id: u64,
    rules: Arc<Rules>,
    arrived: mpsc::UnboundedReceiver<Held>,
}

/// A held request: let go with [`Held::release`]; dropped, its connection is cut
pub(crate) struct Held {
    pub(crate) call: Call,
    release: oneshot::Sender<()>,
}

/// Where a request is held
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Moment {
    /// The API server has not seen it
    Before,
    /// The API server has answered; the operator has not seen that
    After,
}

type Predicate = Box<dyn Fn(&Call) -> bool + Send>;

struct Rule {
    id: u64,
    moment: Moment,
    matches: Predicate,
    arrived: mpsc::UnboundedSender<Held>,
}

#[derive(Default)]
struct Rules(Mutex<(u64, Vec<Rule>)>);

#[derive(Clone)]
struct Upstream {
    client: Client,
    rules: Arc<Rules>,
}

// === impl Proxy ===

impl Proxy {
    /// In front of `client`, for operators of this process
    pub(crate) fn in_process(client: Client) -> Self {
        Self { upstream: Upstream { client, rules: Arc::default() }, serving: None }
    }

    /// The same on loopback; it forwards as whoever `client` is
    pub(crate) async fn on_loopback(client: Client) -> Result<Self, Failure> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let upstream = Upstream { client, rules: Arc::default() };
        let router = Router::new().fallback(handle).with_state(upstream.clone());
        let serving = async move {
            // it ends only with the task: errors of single connections are not the server's
            let _never = axum::serve(listener, router).await;
        };
        let task = tokio::runtime::Handle::current().spawn(serving);
        Ok(Self { upstream, serving: Some((address, AbortOnDropHandle::new(task))) })
    }

    /// Where an operator's process finds it; nowhere if it is not on loopback
    pub(crate) fn address(&self) -> Option<String> {
        self.serving.as_ref().map(|(address, _)| format!("http://{address}"))
    }

    /// A client of this process that asks through it
    pub(crate) fn client(&self) -> Client {
        let upstream = self.upstream.clone();
        let namespace = upstream.client.default_namespace().to_owned();
        let service = tower::service_fn(move |request: Request<kube::client::Body>| {
            let upstream = upstream.clone();
            async move {
                let (parts, body) = request.into_parts();
                let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
                let answer = forward(upstream, Request::from_parts(parts, body)).await;
                answer.map_err(|cut| io::Error::other(cut.to_string()))
            }
        });
        Client::new(service, namespace)
    }

    /// Holds matching requests before the API server sees them
    pub(crate) fn hold_before(&self, matches: impl Fn(&Call) -> bool + Send + 'static) -> Hold {
        self.upstream.rules.add(Moment::Before, Box::new(matches))
    }

    /// Lets matching requests through to the API server and holds the answers
    pub(crate) fn hold_after(&self, matches: impl Fn(&Call) -> bool + Send + 'static) -> Hold {
        self.upstream.rules.add(Moment::After, Box::new(matches))
    }
}

async fn handle(State(upstream): State<Upstream>, request: Request<Body>) -> Response {
    // dropped by the server when the operator is gone: what is still held then is never sent
    forward_plain(upstream, request).await.unwrap_or_else(|_cut| cut_connection())
}

async fn forward_plain(upstream: Upstream, request: Request<Body>) -> Result<Response, Failure> {
    let (mut parts, body) = request.into_parts();
    let body = to_bytes(body, BODY_MAX).await?;
    // hyper frames both ends anew: a length or an encoding that is copied could contradict it
    strip(&mut parts.headers, &[HOST, CONNECTION, TRANSFER_ENCODING, CONTENT_LENGTH, AUTHORIZATION]);
    let mut answer = forward(upstream, Request::from_parts(parts, body)).await?.map(Body::new);
    strip(answer.headers_mut(), &[CONNECTION, TRANSFER_ENCODING]);
    Ok(answer)
}

async fn forward(
    upstream: Upstream,
    request: Request<Bytes>,
) -> Result<http::Response<kube::client::Body>, Failure> {
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let call = Call { method, path, body: request.body().clone() };
    upstream.rules.pass(Moment::Before, &call).await?;
    let answer = upstream.client.send(request.map(|body| kube::client::Body::from(body.to_vec()))).await?;
    upstream.rules.pass(Moment::After, &call).await?;
    Ok(answer)
}

fn strip(headers: &mut HeaderMap, names: &[http::HeaderName]) {
    for name in names {
        headers.remove(name);
    }
}

/// An answer whose body fails at once: the server closes the connection with it
fn cut_connection() -> Response {
    let failing = futures::stream::once(async { Err::<Bytes, _>(io::Error::other("cut by the test")) });
    Response::new(Body::from_stream(failing))
}

// === impl Rules ===

impl Rules {
    fn locked(&self) -> MutexGuard<'_, (u64, Vec<Rule>)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(self: &Arc<Self>, moment: Moment, matches: Predicate) -> Hold {
        let (sender, arrived) = mpsc::unbounded_channel();
        let mut rules = self.locked();
        rules.0 += 1;
        let id = rules.0;
        rules.1.push(Rule { id, moment, matches, arrived: sender });
        Hold { id, rules: Arc::clone(self), arrived }
    }

    /// Returns when the request may go on; an error means that its connection is to be cut
    async fn pass(&self, moment: Moment, call: &Call) -> Result<(), Failure> {
        let Some(released) = self.hold(moment, call) else { return Ok(()) };
        Ok(released.await?)
    }

    fn hold(&self, moment: Moment, call: &Call) -> Option<oneshot::Receiver<()>> {
        let rules = self.locked();
        let rule = rules.1.iter().find(|rule| rule.moment == moment && (rule.matches)(call))?;
        let (release, released) = oneshot::channel();
        rule.arrived.send(Held { call: call.clone(), release }).ok()?;
        Some(released)
    }
}

// === impl Hold ===

impl Hold {
    /// Waits for the next request that is held
    pub(crate) async fn next(&mut self) -> Result<Held, Failure> {
        let limit = wait::limit();
        let held = tokio::time::timeout(limit, self.arrived.recv()).await;
        held.ok().flatten().ok_or_else(|| Failure::new(format!("no request to hold came within {limit:?}")))
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.rules.locked().1.retain(|rule| rule.id != self.id);
    }
}

// === impl Held ===

impl Held {
    /// Lets it go on; nothing happens where the operator is gone
    pub(crate) fn release(self) {
        let _gone = self.release.send(());
    }
}

// === impl Call ===

impl Call {
    /// Whether it is this method on this resource, or `resource/subresource`
    pub(crate) fn is(&self, method: &Method, resource: &str) -> bool {
        let (plural, subresource) = resource.split_once('/').unwrap_or((resource, ""));
        let is_about = |target: Target| target.plural == plural && target.subresource == subresource;
        self.method == *method && Target::parse(&self.path).is_some_and(is_about)
    }
}
