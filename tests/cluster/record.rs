//! The audit log of a sandbox: what clients of a case asked, in the form that the API server's log has
//!
//! It stands between a client and the sandbox, changes nothing, and reads bodies of both ways but those of watches.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use control_plane::{AuditEntry, AuditObject, AuditResponse, AuditUser};
use healing_api_server::Target;
use healing_sandbox::Clock;
use http::header::USER_AGENT;
use http::{Method, Request, Response};
use http_body_util::BodyExt;
use jiff::{SignedDuration, Timestamp};
use kube::Client;
use kube::client::Body;
use serde_json::Value;

use crate::failure::Failure;

/// The requests so far; clones are the same record
#[derive(Clone)]
pub(crate) struct Record(Arc<Shared>);

struct Shared {
    clock: Clock,
    written: Mutex<Written>,
}

struct Written {
    /// The latest moment that was given out
    latest: Timestamp,
    entries: Vec<Arc<AuditEntry>>,
}

// === impl Record ===

impl Record {
    pub(crate) fn new(clock: Clock) -> Self {
        let written = Written { latest: Timestamp::MIN, entries: Vec::new() };
        Self(Arc::new(Shared { clock, written: Mutex::new(written) }))
    }

    /// `upstream`, whose requests are written down as those of `user`
    pub(crate) fn client(&self, upstream: Client, user: &str) -> Client {
        let (record, user) = (self.clone(), user.to_owned());
        let namespace = upstream.default_namespace().to_owned();
        let service = tower::service_fn(move |request| {
            let (record, user, upstream) = (record.clone(), user.clone(), upstream.clone());
            async move {
                let answer = record.pass(upstream, user, request).await;
                answer.map_err(|failure| io::Error::other(failure.to_string()))
            }
        });
        Client::new(service, namespace)
    }

    /// All entries so far, by their end
    pub(crate) fn entries(&self) -> Vec<Arc<AuditEntry>> {
        self.locked().entries.clone()
    }

    async fn pass(
        &self,
        upstream: Client,
        user: String,
        request: Request<Body>,
    ) -> Result<Response<Body>, Failure> {
        let received = self.moment();
        let (parts, body) = request.into_parts();
        let body = body.collect().await?.to_bytes();
        let mut entry = entry(&parts, &body, user, received);
        let request = Request::from_parts(parts, Body::from(body.to_vec()));
        let (parts, answer) = upstream.send(request).await?.into_parts();
        if entry.verb == "watch" && parts.status.is_success() {
            "ResponseStarted".clone_into(&mut entry.stage);
            self.write(entry, AuditResponse { code: parts.status.as_u16(), ..AuditResponse::default() });
            return Ok(Response::from_parts(parts, answer));
        }
        let answer = answer.collect().await?.to_bytes();
        self.write(entry, response(parts.status.as_u16(), &answer));
        Ok(Response::from_parts(parts, Body::from(answer.to_vec())))
    }

    /// Virtual time stands still while requests are answered: a nanosecond tells which was first
    fn moment(&self) -> Timestamp {
        let now = self.0.clock.now();
        let mut written = self.locked();
        let next = written.latest.checked_add(SignedDuration::from_nanos(1)).unwrap_or(now);
        written.latest = now.max(next);
        written.latest
    }

    fn write(&self, entry: AuditEntry, response: AuditResponse) {
        let stage_timestamp = self.moment();
        let mut written = self.locked();
        let audit_id = written.entries.len().to_string();
        let response_status = Some(response);
        written.entries.push(Arc::new(AuditEntry { audit_id, stage_timestamp, response_status, ..entry }));
    }

    fn locked(&self) -> MutexGuard<'_, Written> {
        self.0.written.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn entry(parts: &http::request::Parts, body: &Bytes, username: String, received: Timestamp) -> AuditEntry {
    let target = Target::parse(parts.uri.path());
    let request_object: Option<Value> = serde_json::from_slice(body).ok();
    let agent = parts.headers.get(USER_AGENT).and_then(|agent| agent.to_str().ok());
    let verb = verb(&parts.method, target.as_ref(), parts.uri.query().unwrap_or_default());
    let object_ref = target.map(|target| {
        // the name of what is made stands in its body
        let named = request_object.as_ref().and_then(|body| body["metadata"]["name"].as_str());
        let name = if target.name.is_empty() { named.unwrap_or_default() } else { &target.name };
        let name = name.to_owned();
        let Target { group: api_group, plural: resource, subresource, namespace, .. } = target;
        AuditObject { api_group, resource, subresource, namespace, name }
    });
    AuditEntry {
        audit_id: String::new(),
        stage: "ResponseComplete".to_owned(),
        verb: verb.to_owned(),
        request_uri: parts.uri.to_string(),
        user: AuditUser { username, groups: Vec::new() },
        user_agent: agent.unwrap_or_default().to_owned(),
        object_ref,
        response_status: None,
        request_object,
        request_received_timestamp: received,
        stage_timestamp: received,
        annotations: std::collections::BTreeMap::new(),
    }
}

fn verb(method: &Method, target: Option<&Target>, query: &str) -> &'static str {
    let is_one = target.is_none_or(|target| !target.name.is_empty());
    let is_watch = query.split('&').any(|pair| matches!(pair, "watch=true" | "watch=1"));
    match (method.as_str(), is_one) {
        ("GET", _) if is_watch => "watch",
        ("GET", true) => "get",
        ("GET", false) => "list",
        ("POST", _) => "create",
        ("PUT", _) => "update",
        ("PATCH", _) => "patch",
        ("DELETE", true) => "delete",
        ("DELETE", false) => "deletecollection",
        _ => "other",
    }
}

/// Code of an answer, with reason and message where it is a refusal
fn response(code: u16, body: &[u8]) -> AuditResponse {
    if code < 400 {
        return AuditResponse { code, ..AuditResponse::default() };
    }
    let status: Value = serde_json::from_slice(body).unwrap_or_default();
    let text = |field: &str| match status["kind"].as_str() {
        Some("Status") => status[field].as_str().unwrap_or_default().to_owned(),
        _ => String::new(),
    };
    AuditResponse { code, reason: text("reason"), message: text("message") }
}
