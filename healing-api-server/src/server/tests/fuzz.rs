//! Random requests against a server, from seeds: it never panics, and what always holds does
//!
//! It owns the invariants. Whether an answer is the right one is tested beside each part.

mod ask;
mod draw;
mod example;

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind};

use fastrand::Rng;
use http::Request;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use self::ask::Ask;
use self::draw::pick;
use self::example::{definition, examples};
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
    /// Requests about resources, and how many of them went well, by method and form of patch
    asked: BTreeMap<(&'static str, &'static str), (u32, u32)>,
    /// What was asked last, for the message of a failure
    last: String,
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
            asked: BTreeMap::new(),
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
        let Some(ask) = Ask::draw(&mut self.rng, &self.server, &self.examples, &self.uids) else { return };
        let Ask { method, path, content_type, accept, body } = ask;
        let response = self.send((method, &path), (content_type, accept), body);
        let Some(response) = response else { return };
        let form = if method == "PATCH" { content_type } else { "" };
        let count = self.asked.entry((method, form)).or_default();
        count.0 += 1;
        count.1 += u32::from(response.status.is_success());
        if let Some(watch) = response.watch {
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

/// A run to its end
fn run(seed: u64, steps: usize) -> Fuzz {
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
    fuzz
}

#[test]
fn random_requests_break_nothing() {
    let mut asked: BTreeMap<_, (u32, u32)> = BTreeMap::new();
    for seed in 0..SEEDS {
        for (what, (all, well)) in run(seed, STEPS).asked {
            let sum = asked.entry(what).or_default();
            *sum = (sum.0 + all, sum.1 + well);
        }
    }
    for (what, (all, well)) in &asked {
        assert!(well * WELL >= *all, "{what:?} finds too little that exists: {asked:?}");
    }
}

#[test]
fn the_same_seed_gives_the_same_answers() {
    let answers = |seed, steps| run(seed, steps).answers.finish();
    assert_eq!(answers(1000, STEPS), answers(1000, STEPS));
    assert_ne!(answers(1000, 20), answers(1001, 20));
}

/// Runs, and requests in each: as many as a test may take
const SEEDS: u64 = 6;
const STEPS: usize = 400;
/// One request in so many at least is answered with success, of each form
const WELL: u32 = 8;
