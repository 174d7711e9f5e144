//! What a client is told of a fault: the Status that a real API server would send, and in its message that it is none
//!
//! It does not choose the fault.

use bytes::Bytes;
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, Response, StatusCode};
use serde_json::{Value, json};

use super::call::Call;
use crate::serve::Body;

/// The answer to a refused request; a code that HTTP does not have, or that means success, becomes 500
pub(crate) fn refused(call: &Call, code: u16, retry_after: Option<u64>) -> Response<Body> {
    let code = StatusCode::from_u16(code).ok().filter(|code| code.as_u16() >= 400);
    let code = code.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut details = json!({ "name": call.name, "group": call.group, "kind": call.resource });
    if let Some(details) = details.as_object_mut() {
        details.retain(|_, text| text != "");
        details.extend(retry_after.map(|seconds| ("retryAfterSeconds".to_owned(), json!(seconds))));
    }
    let mut status = status(code.as_u16(), &message(call, code.as_u16()));
    status["details"] = details;
    let mut response = Response::new(Body::whole(status.to_string()));
    *response.status_mut() = code;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.extend(retry_after.map(|seconds| (RETRY_AFTER, HeaderValue::from(seconds))));
    response
}

/// The last line of a watch whose revision is too old
pub(crate) fn expired() -> Bytes {
    let status = status(410, "The resourceVersion for the provided watch is too old.");
    format!("{}\n", json!({ "type": "ERROR", "object": status })).into()
}

fn status(code: u16, message: &str) -> Value {
    json!({
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Failure",
        "message": message,
        "reason": reason(code),
        "code": code,
    })
}

fn message(call: &Call, code: u16) -> String {
    let why = "a fault that was asked of the sandbox";
    match code {
        409 => {
            let resource = if call.group.is_empty() {
                call.resource.clone()
            } else {
                format!("{}.{}", call.resource, call.group)
            };
            format!("Operation cannot be fulfilled on {resource} {:?}: {why}", call.name)
        }
        429 => format!("Too many requests, please try again later: {why}"),
        500 => format!("Internal error occurred: {why}"),
        503 => format!("the server is currently unable to handle the request: {why}"),
        504 => format!("Timeout: {why}"),
        _ => why.to_owned(),
    }
}

fn reason(code: u16) -> &'static str {
    match code {
        400 => "BadRequest",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "NotFound",
        409 => "Conflict",
        410 => "Expired",
        422 => "Invalid",
        429 => "TooManyRequests",
        500 => "InternalError",
        503 => "ServiceUnavailable",
        504 => "Timeout",
        _ => "",
    }
}
