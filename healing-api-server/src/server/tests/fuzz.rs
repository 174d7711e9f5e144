//! Random requests against a server, from seeds: it never panics, and what always holds does
//!
//! It owns the invariants. Whether an answer is the right one is tested beside each part.

mod draw;

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind};

use fastrand::Rng;
use http::Request;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use self::draw::{junk, pick, spoil};
use crate::kind::Kind;
use crate::meta::Meta;
use crate::{ApiServer, Response, User, Watch};

/// What is known by namespace and name, without what says of which kind it is
type Seen = BTreeMap<(String, String), Value>;

/// A server under fire
struct Fuzz {
    rng: Rng,
    server: ApiServer,
    now: Timestamp,
    /// Right objects of built-in kinds, to be spoiled
    examples: Vec<Value>,
    uids: Vec<String>,
    watches: Vec<Watch>,
    /// What watches that began with the server tell of each kind
    folds: Vec<(std::sync::Arc<Kind>, Watch, Seen)>,
    revision: u64,
    answers: DefaultHasher,
    /// What was asked last, for the message of a failure
    last: String,
}

fn definition() -> Value {
    let rule = |rule: &str| json!({ "rule": rule });
    let spec = json!({
        "type": "object", "required": ["size"],
        "x-kubernetes-validations": [rule("self.size <= 100"), rule("!has(oldSelf.name) || self.name == oldSelf.name"),
            rule("!has(self.parts) || self.parts.all(p, p.n < 10)")],
        "properties": {
            "size": { "type": "integer", "minimum": 0, "default": 3 },
            "name": { "type": "string", "maxLength": 20, "pattern": "^[a-z]*$" },
            "choice": { "type": "string", "enum": ["a", "b"] },
            "port": { "x-kubernetes-int-or-string": true },
            "free": { "type": "object", "x-kubernetes-preserve-unknown-fields": true },
            "map": { "type": "object", "additionalProperties": { "type": "number", "nullable": true } },
            "set": { "type": "array", "maxItems": 9, "items": { "type": "string" }, "x-kubernetes-list-type": "set" },
            "parts": {
                "type": "array", "maxItems": 9, "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["k"],
                "items": { "type": "object", "required": ["k"], "properties": {
                    "k": { "type": "string" }, "n": { "type": "integer", "default": 1 },
                } },
            },
        },
    });
    let status = json!({ "type": "object", "properties": { "replicas": { "type": "integer" }, "selector": { "type": "string" } } });
    json!({
        "metadata": { "name": "widgets.fuzz.io" },
        "spec": {
            "group": "fuzz.io", "scope": "Namespaced",
            "names": { "plural": "widgets", "singular": "widget", "kind": "Widget", "listKind": "WidgetList" },
            "versions": [{
                "name": "v1", "served": true, "storage": true,
                "schema": { "openAPIV3Schema": { "type": "object", "properties": { "spec": spec, "status": status } } },
                "subresources": { "status": {}, "scale": {
                    "specReplicasPath": ".spec.size", "statusReplicasPath": ".status.replicas",
                    "labelSelectorPath": ".status.selector",
                } },
                "additionalPrinterColumns": [
                    { "name": "Size", "type": "integer", "jsonPath": ".spec.size" },
                    { "name": "Made", "type": "date", "jsonPath": ".metadata.creationTimestamp" },
                ],
                "selectableFields": [{ "jsonPath": ".spec.name" }],
            }],
        },
    })
}

fn widget() -> Value {
    json!({ "apiVersion": "fuzz.io/v1", "kind": "Widget", "spec": {
        "size": 5, "name": "x", "choice": "a", "port": "http", "free": { "any": [1] }, "map": { "a": 1.5, "b": null },
        "set": ["a", "b"], "parts": [{ "k": "a", "n": 2 }, { "k": "b" }],
    }, "status": { "replicas": 1, "selector": "a=b" } })
}

fn examples() -> Vec<Value> {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/src/built_in/examples");
    let mut paths: Vec<_> =
        std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let read = |path| serde_json::from_str::<Value>(&std::fs::read_to_string(path).unwrap()).unwrap();
    let mut all: Vec<Value> = paths.iter().map(|path| read(path)["input"].take()).collect();
    all.extend([widget(), widget()]);
    all
}

// === impl Fuzz ===

impl Fuzz {
    fn new(seed: u64) -> Self {
        let now: Timestamp = "2026-11-25T10:00:00Z".parse().unwrap();
        let mut fuzz = Self {
            rng: Rng::with_seed(seed),
            server: ApiServer::new(seed, now),
            now,
            examples: examples(),
            uids: Vec::new(),
            watches: Vec::new(),
            folds: Vec::new(),
            revision: 0,
            answers: DefaultHasher::new(),
            last: String::new(),
        };
        let made = fuzz.send(
            ("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"),
            ("", ""),
            definition().to_string().into_bytes(),
        );
        assert_eq!(made.unwrap().status, 201);
        for name in ["ns", "a"] {
            let namespace = json!({ "metadata": { "name": name } }).to_string().into_bytes();
            fuzz.send(("POST", "/api/v1/namespaces"), ("", ""), namespace);
        }
        let kinds: Vec<_> = fuzz.server.kinds.iter().cloned().collect();
        for kind in kinds.into_iter().filter(|kind| kind.verbs.contains(&"watch")) {
            let path = format!("{}?watch=1&timeoutSeconds=99999999999", collection(&kind, ""));
            let request = Request::builder().uri(path).body(Vec::new()).unwrap();
            let watch = fuzz.server.handle(&request, &User::default(), now).watch.unwrap();
            fuzz.folds.push((kind, *watch, Seen::new()));
        }
        fuzz
    }

    /// Sends a request, if it is one for a client of HTTP at all, and lets the controllers run
    fn send(
        &mut self,
        (method, path): (&str, &str),
        (content_type, accept): (&str, &str),
        body: Vec<u8>,
    ) -> Option<Response> {
        self.last = format!(
            "{method} {path} {content_type} {accept} {}",
            String::from_utf8_lossy(&body[..body.len().min(4000)])
        );
        let request = Request::builder().method(method).uri(path);
        let request =
            request.header("content-type", content_type).header("accept", accept).body(body).ok()?;
        let user = User { name: "fuzz".to_owned(), groups: Vec::new() };
        let response = self.server.handle(&request, &user, self.now);
        self.server.run_controllers(self.now);
        let status = response.status.as_u16();
        assert!((200..=599).contains(&status), "status {status}");
        let without = response.body.is_empty() && (path.starts_with("/openapi/") || path.contains("/log?"));
        if response.watch.is_none() && !without && !response.content_type.starts_with("text/plain") {
            assert_eq!(response.content_type.split(';').next(), Some("application/json"));
            let value = serde_json::from_slice::<Value>(&response.body);
            assert!(value.is_ok_and(|value| value.is_object()), "a body of JSON");
        }
        (status, &response.body, &response.warnings).hash(&mut self.answers);
        Some(response)
    }

    fn step(&mut self) {
        match self.rng.u8(..20) {
            0 => self.noise(),
            1 => self.wait(),
            2 => self.discover(),
            _ => self.ask(),
        }
        for watch in &mut self.watches {
            if self.rng.u8(..3) == 0 {
                self.server.poll(watch, self.now).frames.hash(&mut self.answers);
            }
        }
        self.check();
    }

    fn wait(&mut self) {
        let secs = [1, 10, 60, 600, 86_400, 400_000][self.rng.usize(..6)];
        self.last = format!("{secs} seconds pass");
        self.now += SignedDuration::from_secs(self.rng.i64(0..secs));
        let again = self.server.run_controllers(self.now);
        assert!(again.is_none_or(|again| again > self.now), "{again:?} is due already at {}", self.now);
    }

    fn noise(&mut self) {
        let bytes: Vec<u8> = (0..self.rng.usize(..60)).map(|_| self.rng.u8(..)).collect();
        let text: String = (0..self.rng.usize(..20)).map(|_| char::from(self.rng.u8(33..127))).collect();
        let start = *pick(
            &mut self.rng,
            &["/", "/api/v1/", "/apis/apps/v1/", "/api/v1/namespaces/", "/api/v1/pods?", "/openapi/", ""],
        );
        let method = *pick(&mut self.rng, &["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "X"]);
        let (content_type, accept) =
            (*pick(&mut self.rng, draw::CONTENT_TYPES), *pick(&mut self.rng, draw::ACCEPTS));
        self.send((method, &format!("{start}{text}")), (content_type, accept), bytes);
    }

    fn discover(&mut self) {
        let path = *pick(
            &mut self.rng,
            &[
                "/api",
                "/apis",
                "/api/v1",
                "/apis/fuzz.io",
                "/apis/fuzz.io/v1",
                "/version",
                "/livez?verbose",
                "/openapi/v3/apis/fuzz.io/v1",
                "/metrics",
                "/apis/apps/v1/",
            ],
        );
        let accept = *pick(&mut self.rng, draw::ACCEPTS);
        self.send(("GET", path), ("", accept), Vec::new());
    }

    /// A request about a resource
    fn ask(&mut self) {
        let rng = &mut self.rng;
        let mut object = pick(rng, &self.examples).clone();
        let (api_version, word) = (object["apiVersion"].as_str().unwrap(), object["kind"].as_str().unwrap());
        let known = self.server.kinds.of_object(api_version, word);
        let kinds: Vec<_> = self.server.kinds.iter().collect();
        let kind = known.filter(|_| rng.u8(..8) > 0).unwrap_or_else(|| *pick(rng, &kinds)).clone();
        let namespace = *pick(rng, &["ns", "ns", "default", "a", "gone", ""]);
        let name = *pick(rng, &["a", "b", "c", "ns", "widgets.fuzz.io"]);
        let parts: Vec<&str> =
            kind.subresources.iter().map(String::as_str).chain(["", "", "", "log", "status", "x"]).collect();
        let part = *pick(rng, &parts);
        let method = *pick(
            rng,
            &["GET", "GET", "POST", "POST", "POST", "POST", "PUT", "PATCH", "PATCH", "DELETE", "HEAD"],
        );
        let mut path = collection(&kind, namespace);
        if (method != "POST" || rng.u8(..6) == 0) && rng.u8(..6) > 0 {
            path = format!("{path}/{name}");
            if !part.is_empty() {
                path = format!("{path}/{part}");
            }
        }
        object["metadata"] = draw::metadata(rng, name, &self.uids);
        let content_type = match method {
            "PATCH" => draw::CONTENT_TYPES[rng.usize(2..6)],
            _ if rng.u8(..20) == 0 => *pick(rng, draw::CONTENT_TYPES),
            _ => "application/json",
        };
        if method == "PUT" || method == "PATCH" && rng.bool() {
            let there = self.server.store.get(&kind.key, &(namespace.to_owned(), name.to_owned()));
            if let Some(there) = there {
                object = Value::clone(&kind.shown(there));
            }
        }
        for _ in 0..rng.usize(..4) {
            spoil(rng, &mut object);
        }
        let body = match (method, content_type) {
            ("PATCH", "application/json-patch+json") => draw::steps(rng),
            ("DELETE", _) if rng.bool() => json!({
                "kind": "DeleteOptions", "gracePeriodSeconds": rng.i64(-1..100),
                "propagationPolicy": *pick(rng, &["Foreground", "Background", "Orphan", "x"]),
                "preconditions": { "uid": if rng.u8(..4) == 0 { junk(rng, 1) } else { Value::Null } },
            }),
            ("GET" | "HEAD" | "DELETE", _) => Value::Null,
            _ => object,
        };
        let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        let mut query = draw::query(rng);
        if content_type.contains("apply") && rng.u8(..8) > 0 {
            query += "&fieldManager=m";
        }
        let accept = if rng.u8(..3) > 0 { "" } else { *pick(rng, draw::ACCEPTS) };
        let response = self.send((method, &format!("{path}?{query}")), (content_type, accept), body);
        if let Some(watch) = response.and_then(|response| response.watch) {
            self.watches.truncate(20);
            self.watches.insert(0, *watch);
        }
    }

    fn check(&mut self) {
        let revision = self.server.revision();
        assert!(revision >= self.revision, "the revision never falls");
        if revision == self.revision {
            return;
        }
        self.revision = revision;
        let (mut uids, mut namespaces) = (BTreeSet::new(), BTreeSet::new());
        let all: Vec<_> = self.server.store.everything().collect();
        for (resource, (_, name), _) in &all {
            if &*resource.plural == "namespaces" && resource.group.is_empty() {
                namespaces.insert(name.as_str());
            }
        }
        for (resource, (namespace, name), object) in all {
            let said = |field: &str| object[field].as_str().is_some_and(|text| !text.is_empty());
            assert!(said("apiVersion") && said("kind"), "{object}");
            assert_eq!((object.namespace(), object.name()), (namespace.as_str(), name.as_str()), "{object}");
            assert!(!object.uid().is_empty() && uids.insert(object.uid()), "a uid of its own: {object}");
            let version: u64 = object.meta("resourceVersion").parse().unwrap();
            assert!(version <= revision, "{object}");
            let is_there = namespace.is_empty() || namespaces.contains(namespace.as_str());
            assert!(is_there, "{resource:?} {name} is in a namespace that is gone: {namespace}");
        }
        self.uids = uids.into_iter().take(50).map(ToOwned::to_owned).collect();
    }

    /// A list is what watches have told up to now
    fn check_folds(&mut self) {
        let mut folds = std::mem::take(&mut self.folds);
        folds.retain_mut(|(kind, watch, seen)| self.check_fold(kind, watch, seen));
        self.folds = folds;
    }

    /// False for a watch that is over because its kind is
    fn check_fold(&mut self, kind: &Kind, watch: &mut Watch, seen: &mut Seen) -> bool {
        loop {
            let poll = self.server.poll(watch, self.now);
            for frame in &poll.frames {
                let mut event: Value = serde_json::from_slice(frame).unwrap();
                let word = event["type"].as_str().unwrap_or_default().to_owned();
                let object = bare(event["object"].take());
                let key = (object.namespace().to_owned(), object.name().to_owned());
                let before = match word.as_str() {
                    "DELETED" => seen.remove(&key),
                    _ => seen.insert(key, object),
                };
                assert_eq!(before.is_none(), word == "ADDED", "{word} of {before:?}");
            }
            if poll.ended {
                assert!(kind.custom().is_some(), "the watch of {} ended", kind.kind);
                return false;
            }
            if poll.again.is_none_or(|again| again > self.now) {
                break;
            }
        }
        let request = Request::builder().uri(collection(kind, "")).body(Vec::new()).unwrap();
        let list = self.server.handle(&request, &User::default(), self.now);
        let mut list: Value = serde_json::from_slice(&list.body).unwrap();
        let items: Vec<Value> = list["items"].as_array_mut().unwrap().drain(..).map(bare).collect();
        assert_eq!(items, seen.values().cloned().collect::<Vec<_>>(), "list and watch of {}", kind.kind);
        true
    }
}

fn bare(mut object: Value) -> Value {
    object.as_object_mut().unwrap().retain(|name, _| name != "apiVersion" && name != "kind");
    object
}

/// The path of the objects of a kind
fn collection(kind: &Kind, namespace: &str) -> String {
    let root = if kind.group().is_empty() { "/api".to_owned() } else { format!("/apis/{}", kind.group()) };
    match namespace {
        namespace if kind.namespaced && !namespace.is_empty() => {
            format!("{root}/{}/namespaces/{namespace}/{}", kind.version, kind.plural())
        }
        _ => format!("{root}/{}/{}", kind.version, kind.plural()),
    }
}

/// The hash of all answers of a run
fn run(seed: u64, steps: usize) -> u64 {
    let mut fuzz = Fuzz::new(seed);
    for step in 0..steps {
        let mut one = || {
            fuzz.step();
            if step % 100 == 99 {
                fuzz.check_folds();
            }
        };
        let ended = catch_unwind(AssertUnwindSafe(&mut one));
        assert!(ended.is_ok(), "seed {seed}, step {step}: {}", fuzz.last);
    }
    fuzz.answers.finish()
}

#[test]
fn random_requests_break_nothing() {
    for seed in 0..SEEDS {
        run(seed, STEPS);
    }
}

#[test]
fn the_same_seed_gives_the_same_answers() {
    assert_eq!(run(1000, STEPS), run(1000, STEPS));
    assert_ne!(run(1000, 20), run(1001, 20));
}

/// Runs, and requests in each: as many as a test may take
const SEEDS: u64 = 6;
const STEPS: usize = 400;
