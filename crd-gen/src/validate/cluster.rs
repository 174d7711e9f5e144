//! The embedded API server, and requests to it
//!
//! It owns what must be there before an object can be created: its namespace, the service account of a pod, the kinds
//! that definitions bring. Time stands still in it.

use std::collections::BTreeSet;

use healing_api_server::{ApiServer, Response, User};
use http::{Method, Request};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::answer::{self, Cause};
use crate::manifest::Node;

/// An API server with nothing in it but what was asked for
#[derive(Debug)]
pub(super) struct Cluster {
    server: ApiServer,
    /// Groups that definitions brought
    groups: BTreeSet<String>,
}

/// Where objects of a kind are created
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Kind {
    /// Such as `/apis/example.com/v1`
    base: String,
    /// Such as `healingservices`
    plural: String,
    is_namespaced: bool,
}

// === impl Kind ===

impl Kind {
    /// Where an object is created; empty for what is in no namespace
    fn namespace_of(&self, object: &Node) -> String {
        let namespace = object.field("metadata").and_then(|metadata| metadata.text("namespace"));
        match (self.is_namespaced, namespace) {
            (false, _) => String::new(),
            (true, None | Some("")) => "default".to_owned(),
            (true, Some(namespace)) => namespace.to_owned(),
        }
    }

    fn path(&self, namespace: &str) -> String {
        match namespace {
            "" => format!("{}/{}", self.base, self.plural),
            _ => format!("{}/namespaces/{}/{}", self.base, escape(namespace), self.plural),
        }
    }
}

// === impl Cluster ===

impl Cluster {
    pub(super) fn new() -> Self {
        Self { server: ApiServer::new(0, Timestamp::UNIX_EPOCH), groups: BTreeSet::new() }
    }

    /// The kind that objects of this `apiVersion` and `kind` are of
    pub(super) fn kind(&mut self, api_version: &str, kind: &str) -> Option<Kind> {
        let base = base(api_version);
        let found = self.resources(&base).into_iter().find(|resource| resource["kind"] == kind)?;
        Some(Kind {
            plural: found["name"].as_str()?.to_owned(),
            is_namespaced: found["namespaced"] == true,
            base,
        })
    }

    /// The kinds of a group that definitions brought; none for other groups
    pub(super) fn kinds_of_group(&mut self, api_version: &str) -> Option<String> {
        let group = api_version.split_once('/').map_or("", |(group, _)| group).to_owned();
        if !self.groups.contains(&group) {
            return None;
        }
        let group = self.get(&format!("/apis/{}", escape(&group)));
        let mut kinds = BTreeSet::new();
        for version in group["versions"].as_array().into_iter().flatten() {
            let version = version["groupVersion"].as_str().unwrap_or_default();
            for resource in self.resources(&base(version)) {
                kinds.insert(format!("{version} {}", resource["kind"].as_str().unwrap_or_default()));
            }
        }
        Some(kinds.into_iter().collect::<Vec<_>>().join(", "))
    }

    /// What is said to the creation of an object, which is a dry run unless it is to stay
    pub(super) fn create(&mut self, kind: &Kind, object: &Node, stays: bool) -> Vec<Cause> {
        let namespace = kind.namespace_of(object);
        self.prepare(kind, object, &namespace);
        let path = kind.path(&namespace);
        // a strict server stops at unknown fields; one that warns of them goes on and finds all there is
        let dry_run = if stays { "" } else { dry_run(object) };
        let body = match serde_json::to_vec(object) {
            Ok(body) => body,
            Err(error) => return vec![Cause::of_object(format!("cannot be written as JSON: {error}"))],
        };
        let response = self.ask(Method::POST, &format!("{path}?fieldValidation=Warn{dry_run}"), body);
        let mut causes = answer::causes(&value(&response), &response.warnings);
        if stays && response.status.is_success() {
            causes.extend(self.serve(&path, object));
        }
        causes
    }

    /// Whether a strict server refuses an object for what is in it
    #[cfg(test)]
    pub(super) fn refuses(&mut self, kind: &Kind, object: &Node) -> bool {
        let path = kind.path(&kind.namespace_of(object));
        let body = serde_json::to_vec(object).expect("an object");
        let dry_run = dry_run(object);
        let response = self.ask(Method::POST, &format!("{path}?fieldValidation=Strict{dry_run}"), body);
        !response.status.is_success() && value(&response)["reason"] != "AlreadyExists"
    }

    /// Brings a definition that was created into force; what is said if that cannot be
    fn serve(&mut self, path: &str, definition: &Node) -> Option<Cause> {
        self.server.run_controllers(Timestamp::UNIX_EPOCH);
        let name = definition.field("metadata")?.text("name")?;
        let stored = self.get(&format!("{path}/{}", escape(name)));
        let conditions = stored["status"]["conditions"].as_array()?;
        if let Some(refused) =
            conditions.iter().find(|one| one["type"] == "NamesAccepted" && one["status"] == "False")
        {
            let message = refused["message"].as_str().unwrap_or_default().to_owned();
            return Some(Cause::of_field("spec.names", message));
        }
        self.groups.insert(stored["spec"]["group"].as_str()?.to_owned());
        None
    }

    /// What belongs to a cluster, not to the manifest: no object is refused for its absence
    fn prepare(&mut self, kind: &Kind, object: &Node, namespace: &str) {
        if namespace.is_empty() {
            return;
        }
        self.put("/api/v1/namespaces", &json!({ "metadata": { "name": namespace } }));
        let account = object.field("spec").and_then(|spec| spec.text("serviceAccountName"));
        if kind.plural == "pods" {
            let account = json!({ "metadata": { "name": account.unwrap_or("default") } });
            self.put(&format!("/api/v1/namespaces/{}/serviceaccounts", escape(namespace)), &account);
        }
    }

    /// Creates what may be there already
    fn put(&mut self, path: &str, object: &Value) {
        if self.ask(Method::POST, path, object.to_string().into_bytes()).status.is_success() {
            self.server.run_controllers(Timestamp::UNIX_EPOCH);
        }
    }

    /// Resources of a group and version, without their parts
    fn resources(&mut self, base: &str) -> Vec<Value> {
        let list = self.get(base);
        let resources = list["resources"].as_array().cloned().unwrap_or_default();
        let is_whole = |resource: &Value| resource["name"].as_str().is_some_and(|name| !name.contains('/'));
        resources.into_iter().filter(is_whole).collect()
    }

    fn get(&mut self, path: &str) -> Value {
        value(&self.ask(Method::GET, path, Vec::new()))
    }

    fn ask(&mut self, method: Method, path: &str, body: Vec<u8>) -> Response {
        let mut request = Request::new(body);
        *request.method_mut() = method;
        // every part is escaped: what is no path asks for nothing that there is
        *request.uri_mut() = path.parse().unwrap_or_default();
        self.server.handle(&request, &User::default(), Timestamp::UNIX_EPOCH)
    }
}

/// Asks for a dry run, but not of what has a version: a dry run does not mind it, and a creation never takes it
fn dry_run(object: &Node) -> &'static str {
    let version = object.field("metadata").and_then(|metadata| metadata.text("resourceVersion"));
    let has_version = version.is_some_and(|version| version.parse::<u64>().is_ok_and(|at| at != 0));
    if has_version { "" } else { "&dryRun=All" }
}

fn value(response: &Response) -> Value {
    serde_json::from_slice(&response.body).unwrap_or_default()
}

fn base(api_version: &str) -> String {
    match api_version.split_once('/') {
        Some((group, version)) => format!("/apis/{}/{}", escape(group), escape(version)),
        None => format!("/api/{}", escape(api_version)),
    }
}

/// A text as one part of a path
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' => escaped.push(byte.into()),
            b'.' if !matches!(text, "." | "..") => escaped.push('.'),
            _ => escaped.extend(['%', digit(byte >> 4), digit(byte & 15)]),
        }
    }
    escaped
}

fn digit(value: u8) -> char {
    char::from_digit(value.into(), 16).unwrap_or('0')
}
