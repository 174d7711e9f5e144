//! The lease at the API server: read, made, replaced
//!
//! It owns these three requests and what their answers mean for an election. Each is sent once, with the deadline of
//! an attempt; none is repeated.

use std::time::Duration;

use healing_engine::election::{Claim, Lease, Read, Written};
use k8s_openapi::api::coordination::v1 as wire;
use kube::{
    Resource,
    api::{GetParams, PostParams},
    core::Request,
};
use serde_json::Value;

use super::Settings;
use crate::{
    client::{CallError, within},
    events::Regarding,
};

/// The lease as it is now, or why there is no such answer
pub(super) type Answer = Result<Value, CallError>;

/// One lease and the way to it
pub(super) struct Store {
    client: kube::Client,
    namespace: String,
    name: String,
    attempt: Duration,
}

// === impl Store ===

impl Store {
    pub(super) fn new(client: kube::Client, settings: &Settings) -> Self {
        Self {
            client,
            namespace: settings.namespace.clone(),
            name: settings.name.clone(),
            attempt: settings.timing.attempt(),
        }
    }

    /// Reads it, never from a cache
    pub(super) async fn read(&self) -> Answer {
        self.send(self.request().get(&self.name, &GetParams::default())).await
    }

    /// Makes it
    pub(super) async fn create(&self, claim: &Claim) -> Answer {
        let body = claim.created(&self.namespace, &self.name);
        self.send(self.request().create(&PostParams::default(), bytes(&body))).await
    }

    /// Replaces exactly the version that was read
    pub(super) async fn replace(&self, lease: &Lease, claim: &Claim) -> Answer {
        let body = lease.claimed(claim);
        self.send(self.request().replace(&self.name, &PostParams::default(), bytes(&body))).await
    }

    /// The lease as the object of an event
    pub(super) fn regarding(&self, uid: String) -> Regarding {
        Regarding {
            api_version: "coordination.k8s.io/v1".into(),
            kind: "Lease".into(),
            namespace: self.namespace.clone(),
            name: self.name.clone(),
            uid,
            resource_version: String::new(),
        }
    }

    fn request(&self) -> Request {
        Request::new(wire::Lease::url_path(&(), Some(&self.namespace)))
    }

    async fn send(&self, request: Result<http::Request<Vec<u8>>, kube::core::request::Error>) -> Answer {
        let request = request.map_err(|error| CallError::Other { code: 0, message: error.to_string() })?;
        within(self.attempt, self.client.request(request)).await
    }
}

fn bytes(body: &Value) -> Vec<u8> {
    body.to_string().into_bytes()
}

/// What the answer to a read tells an election
pub(super) fn read(answer: Answer) -> Read {
    match answer {
        Ok(lease) => Read::Found(Lease::new(lease)),
        Err(CallError::NotFound { .. }) => Read::Missing,
        Err(_) => Read::Failed,
    }
}

/// What the answer to a write tells an election
pub(super) fn written(answer: Answer) -> Written {
    match answer {
        Ok(lease) => Written::Accepted(Lease::new(lease)),
        Err(error) if is_race(&error) => Written::Conflict,
        Err(error) if error.is_write_unknown() => Written::Unknown,
        Err(_) => Written::Refused,
    }
}

/// Gone, made by somebody else, or another version: the next look tells which
pub(super) fn is_race(error: &CallError) -> bool {
    matches!(error, CallError::Conflict { .. } | CallError::AlreadyExists { .. } | CallError::NotFound { .. })
}
