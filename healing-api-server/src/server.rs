//! The state of the server, and the way of a request through it
//!
//! It owns the order of the parts. What each part does is its module's business.

use http::{Request, StatusCode};
use jiff::Timestamp;
use serde_json::Value;

use crate::call::User;
use crate::kind::Kinds;
use crate::random::Random;
use crate::store::Store;

/// An API server: what it stores, what it serves
#[derive(Debug)]
pub struct ApiServer {
    pub(crate) kinds: Kinds,
    pub(crate) store: Store,
    pub(crate) random: Random,
}

/// An answer
#[derive(Clone, Debug)]
pub struct Response {
    /// HTTP status
    pub status: StatusCode,
    /// `Content-Type`
    pub content_type: String,
    /// Texts of `Warning` headers
    pub warnings: Vec<String>,
    /// Further headers, such as `ETag` and `Retry-After`
    pub headers: Vec<(&'static str, String)>,
    /// The body
    pub body: Vec<u8>,
}

// === impl ApiServer ===

impl ApiServer {
    /// A server with nothing but the namespaces that every cluster has
    pub fn new(seed: u64, _now: Timestamp) -> Self {
        Self { kinds: Kinds::default(), store: Store::default(), random: Random::new(seed) }
    }

    /// Answers a request
    pub fn handle(&mut self, _request: &Request<Vec<u8>>, _user: &User, _now: Timestamp) -> Response {
        let body = crate::Refusal::not_implemented("this", "wait").to_value();
        Response::json(501, &body)
    }
}

// === impl Response ===

impl Response {
    pub(crate) fn json(code: u16, body: &Value) -> Self {
        Self {
            status: StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
            content_type: "application/json".to_owned(),
            warnings: Vec::new(),
            headers: Vec::new(),
            body: body.to_string().into_bytes(),
        }
    }
}
