//! What the front says itself, where a request does not reach the API server: a Status, as everywhere in Kubernetes

use http::{HeaderValue, Response, StatusCode, header};
use serde_json::{Value, json};

use super::Body;
use super::impersonate::Target;

/// A request that is not passed on
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    code: StatusCode,
    reason: &'static str,
    message: String,
    details: Option<Value>,
}

// === impl Refusal ===

impl Refusal {
    pub(super) fn new(code: StatusCode, reason: &'static str, message: impl Into<String>) -> Self {
        Self { code, reason, message: message.into(), details: None }
    }

    /// Neither a certificate nor a token that is known
    pub(super) fn unauthorized() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "Unauthorized", "Unauthorized")
    }

    pub(super) fn too_large(limit: usize) -> Self {
        let message = format!("Request entity too large: limit is {limit}");
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "RequestEntityTooLarge", message)
    }

    pub(super) fn bad_request(message: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "BadRequest", message)
    }

    /// The body did not come in time
    pub(super) fn too_slow() -> Self {
        let message = "Timeout: request did not complete within the allotted timeout";
        Self::new(StatusCode::GATEWAY_TIMEOUT, "Timeout", message)
    }

    /// The API server panicked: a bug of ours
    pub(super) fn panicked() -> Self {
        let message = "Internal error occurred: the sandbox panicked over this request; its log says more";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "InternalError", message)
    }

    pub(super) fn not_implemented(what: &str) -> Self {
        let message = format!("the sandbox does not implement {what}");
        Self::new(StatusCode::NOT_IMPLEMENTED, "NotImplemented", message)
    }

    /// As a real API server says it of paths; of a resource it says the same at more length
    pub(super) fn may_not_impersonate(user: &str, target: &Target<'_>) -> Self {
        let verb = target.method.as_str().to_ascii_lowercase();
        let message =
            format!("forbidden: User {user:?} cannot impersonate-on:user-info:{verb} path {:?}", target.path);
        Self { details: Some(json!({})), ..Self::new(StatusCode::FORBIDDEN, "Forbidden", message) }
    }

    /// The answer that says it
    pub(super) fn into_response(self) -> Response<Body> {
        let mut status = json!({
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": self.message,
            "reason": self.reason,
            "code": self.code.as_u16(),
        });
        if let Some(details) = self.details {
            status["details"] = details;
        }
        let mut response = Response::new(Body::whole(status.to_string()));
        *response.status_mut() = self.code;
        response.headers_mut().extend([
            (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
            (header::CACHE_CONTROL, HeaderValue::from_static("no-cache, private")),
        ]);
        response
    }
}
