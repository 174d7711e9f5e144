//! A transport for tests that answers from a script and records what it was asked
//!
//! It knows nothing of Kubernetes: the script decides on every answer, and a request that it does not expect is a
//! failure of the test.

use std::{
    convert::Infallible,
    sync::{Arc, Mutex},
};

use axum::body::{Body, to_bytes};
use futures::{StreamExt, stream};
use http::{Request, Response, StatusCode};
use serde_json::Value;

/// One request, as it arrived
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) body: Value,
}

/// What is answered
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    /// A JSON body
    Json(u16, Value),
    /// Lines of a watch, then its end
    Lines(Vec<Value>),
    /// Lines of a watch, then silence
    Open(Vec<Value>),
    /// Lines of a watch, then a broken connection
    Cut(Vec<Value>),
    /// Nothing, ever
    Hang,
}

/// No test asks as often as this
const REQUESTS_MAX: usize = 1000;

/// The requests so far
#[derive(Clone, Default)]
pub(crate) struct Record(Arc<Mutex<Vec<Asked>>>);

/// A client whose requests `script` answers; its arguments are the request and how many came before it
pub(crate) fn scripted(
    script: impl Fn(&Asked, usize) -> Answer + Send + Sync + 'static,
) -> (kube::Client, Record) {
    let record = Record::default();
    let (kept, script) = (record.clone(), Arc::new(script));
    let service = tower::service_fn(move |request: Request<kube::client::Body>| {
        let (kept, script) = (kept.clone(), Arc::clone(&script));
        async move {
            let (parts, body) = request.into_parts();
            let body = to_bytes(Body::new(body), usize::MAX).await.expect("bodies of requests are in memory");
            let asked = Asked {
                method: parts.method.to_string(),
                path: parts.uri.path().to_owned(),
                query: parts.uri.query().unwrap_or_default().to_owned(),
                body: serde_json::from_slice(&body).unwrap_or_default(),
            };
            let answer = {
                let mut kept = kept.0.lock().expect("no test panics with the record in its hands");
                // A loop without a pause would never let virtual time move: it is stopped here, for the test to see.
                let too_many = kept.len() >= REQUESTS_MAX;
                let answer = if too_many { Answer::Hang } else { script(&asked, kept.len()) };
                kept.push(asked);
                answer
            };
            Ok::<_, Infallible>(answer.into_response().await)
        }
    });
    (kube::Client::new(service, "default"), record)
}

/// A Status as the API server writes it
pub(crate) fn failure(code: u16, reason: &str, message: &str) -> Answer {
    Answer::Json(code, failure_body(code, reason, message))
}

/// The body of [`failure`]
pub(crate) fn failure_body(code: u16, reason: &str, message: &str) -> Value {
    serde_json::json!({
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
        "message": message, "reason": reason, "code": code,
    })
}

// === impl Record ===

impl Record {
    /// All requests so far
    pub(crate) fn all(&self) -> Vec<Asked> {
        self.0.lock().expect("no test panics with the record in its hands").clone()
    }

    /// How many requests were lists and how many were watches
    pub(crate) fn lists_and_watches(&self) -> (usize, usize) {
        let watches = self.all().iter().filter(|asked| asked.is_watch()).count();
        (self.all().len() - watches, watches)
    }
}

// === impl Asked ===

impl Asked {
    /// Whether it asks for a watch
    pub(crate) fn is_watch(&self) -> bool {
        self.query.contains("watch=true")
    }

    /// The value of a query parameter
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        self.query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
    }
}

// === impl Answer ===

impl Answer {
    async fn into_response(self) -> Response<Body> {
        let (code, body) = match self {
            Self::Json(code, body) => (code, Body::from(body.to_string())),
            Self::Lines(lines) => (200, Body::from_stream(stream::iter(wire(lines)))),
            Self::Open(lines) => (200, Body::from_stream(stream::iter(wire(lines)).chain(stream::pending()))),
            Self::Cut(lines) => {
                let cut = stream::iter([Err(std::io::Error::other("connection reset"))]);
                (200, Body::from_stream(stream::iter(wire(lines)).chain(cut)))
            }
            Self::Hang => std::future::pending().await,
        };
        let mut response = Response::new(body);
        *response.status_mut() = StatusCode::from_u16(code).expect("scripts answer with real codes");
        response
    }
}

fn wire(lines: Vec<Value>) -> impl Iterator<Item = std::io::Result<String>> {
    lines.into_iter().map(|line| Ok(format!("{line}\n")))
}
