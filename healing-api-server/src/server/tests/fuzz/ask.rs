//! One random request about a resource: mostly about something that is stored, and mostly nearly right
//!
//! It owns the drawing of requests. What must hold after each is its parent's business.

use std::sync::Arc;

use fastrand::Rng;
use serde_json::{Value, json};

use super::collection;
use super::draw::{self, junk, pick, spoil};
use crate::ApiServer;
use crate::kind::Kind;
use crate::meta::Meta;

/// A request, as it is sent
pub(super) struct Ask {
    pub(super) method: &'static str,
    pub(super) path: String,
    pub(super) content_type: &'static str,
    pub(super) accept: &'static str,
    pub(super) body: Vec<u8>,
}

/// What a request is about
struct Goal {
    kind: Arc<Kind>,
    namespace: String,
    name: String,
    /// The object as it is stored, if it is
    stored: Option<Value>,
}

// === impl Goal ===

impl Goal {
    /// Something that is stored: of a kind at random, since some have many objects
    fn stored(rng: &mut Rng, server: &ApiServer) -> Option<Self> {
        let kinds: Vec<_> =
            server.kinds.iter().filter(|kind| server.store.list(&kind.key, "").next().is_some()).collect();
        let kind = Arc::clone(*pick(rng, &kinds));
        let objects: Vec<_> = server.store.list(&kind.key, "").collect();
        let ((namespace, name), object) = *pick(rng, &objects);
        let stored = Some(Value::clone(&kind.shown(object)));
        let goal = Self { namespace: namespace.clone(), name: name.clone(), stored, kind };
        // without a namespace nothing else lives, and the rest of the run would meet nothing
        (goal.kind.plural() != "namespaces" || rng.u8(..10) == 0).then_some(goal)
    }

    /// Anything
    fn any(rng: &mut Rng, server: &ApiServer, example: &Value) -> Option<Self> {
        let (api_version, word) = (example["apiVersion"].as_str()?, example["kind"].as_str()?);
        let known = server.kinds.of_object(api_version, word);
        let kinds: Vec<_> = server.kinds.iter().collect();
        let kind = known.filter(|_| rng.u8(..8) > 0).unwrap_or_else(|| *pick(rng, &kinds)).clone();
        let namespace = (*pick(rng, &["ns", "ns", "default", "a", "gone", ""])).to_owned();
        let name = (*pick(rng, &["a", "b", "c", "ns", "widgets.fuzz.io"])).to_owned();
        let key = if kind.namespaced { namespace.clone() } else { String::new() };
        let stored = server.store.get(&kind.key, &(key, name.clone()));
        let stored = stored.map(|object| Value::clone(&kind.shown(object)));
        Some(Self { kind, namespace, name, stored })
    }
}

// === impl Ask ===

impl Ask {
    pub(super) fn draw(
        rng: &mut Rng,
        server: &ApiServer,
        examples: &[Value],
        uids: &[String],
    ) -> Option<Self> {
        let mut example = pick(rng, examples).clone();
        let method = *pick(
            rng,
            &[
                "GET", "GET", "POST", "POST", "POST", "PUT", "PUT", "PATCH", "PATCH", "PATCH", "DELETE",
                "HEAD",
            ],
        );
        let is_of_stored = method != "POST" && rng.u8(..4) > 0;
        let goal = is_of_stored.then(|| Goal::stored(rng, server)).flatten();
        let goal = goal.or_else(|| Goal::any(rng, server, &example))?;
        example["metadata"] = draw::metadata(rng, &goal.name, uids);
        let content_type = match method {
            "PATCH" => draw::CONTENT_TYPES[rng.usize(2..6)],
            _ if rng.u8(..20) == 0 => *pick(rng, draw::CONTENT_TYPES),
            _ => "application/json",
        };
        let body = body(rng, (method, content_type), &goal, example);
        let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        let mut query = if rng.bool() { draw::query(rng) } else { String::new() };
        if content_type.contains("apply") && rng.u8(..8) > 0 {
            query += "&fieldManager=m";
            query += if rng.bool() { "&force=true" } else { "" };
        }
        let path = format!("{}?{query}", path(rng, method, &goal));
        let accept = if rng.u8(..3) > 0 { "" } else { *pick(rng, draw::ACCEPTS) };
        Some(Self { method, path, content_type, accept, body })
    }
}

fn path(rng: &mut Rng, method: &str, goal: &Goal) -> String {
    let mut path = collection(&goal.kind, &goal.namespace);
    let is_of_one = if method == "POST" { rng.u8(..6) == 0 } else { rng.u8(..6) > 0 };
    if is_of_one {
        path = format!("{path}/{}", goal.name);
        let own = goal.kind.subresources.iter().map(String::as_str);
        let parts: Vec<&str> = own.chain(["", "", "", "", "log", "status", "x"]).collect();
        let part = if rng.u8(..8) > 0 { parts[rng.usize(..parts.len() - 3)] } else { *pick(rng, &parts) };
        if !part.is_empty() {
            path = format!("{path}/{part}");
        }
    }
    path
}

fn body(rng: &mut Rng, (method, content_type): (&str, &str), goal: &Goal, example: Value) -> Value {
    let stored = goal.stored.clone();
    let mut object = match (method, content_type) {
        ("DELETE", _) if rng.bool() => {
            return json!({
                "kind": "DeleteOptions", "gracePeriodSeconds": rng.i64(-1..100),
                "propagationPolicy": *pick(rng, &["Foreground", "Background", "Orphan", "x"]),
                "preconditions": { "uid": if rng.u8(..4) == 0 { junk(rng, 1) } else { Value::Null } },
            });
        }
        ("GET" | "HEAD" | "DELETE", _) => return Value::Null,
        ("PATCH", "application/json-patch+json") => {
            return match stored.filter(|_| rng.u8(..3) > 0) {
                Some(stored) => steps_at(rng, &stored),
                None => draw::steps(rng),
            };
        }
        ("PATCH", "application/merge-patch+json" | "application/strategic-merge-patch+json")
            if rng.bool() =>
        {
            return stored.map_or_else(|| example.clone(), |stored| part_of(rng, &stored));
        }
        ("PUT" | "PATCH", _) => stored.filter(|_| rng.u8(..8) > 0).unwrap_or(example),
        _ => example,
    };
    if content_type.contains("apply")
        && let Some(metadata) = object["metadata"].as_object_mut()
    {
        metadata.remove("managedFields");
        metadata.remove("resourceVersion");
    }
    if method == "PUT" && rng.bool() && !object.meta("resourceVersion").is_empty() {
        // a write that changes nothing but what everybody may change
        object["metadata"]["labels"] = json!({ "a": *pick(rng, &["b", "c", "1"]) });
        return object;
    }
    for _ in 0..rng.usize(..3) {
        spoil(rng, &mut object);
    }
    object
}

/// Steps of a JSON patch at places that an object has
fn steps_at(rng: &mut Rng, stored: &Value) -> Value {
    let step = |rng: &mut Rng| {
        let (mut at, mut path) = (stored, String::new());
        while rng.u8(..4) > 0 {
            let next = match at {
                Value::Object(map) if !map.is_empty() => map.iter().nth(rng.usize(..map.len())),
                _ => None,
            };
            let Some((name, below)) = next else { break };
            path = format!("{path}/{}", name.replace('~', "~0").replace('/', "~1"));
            at = below;
        }
        let value = if rng.bool() { at.clone() } else { junk(rng, 2) };
        match rng.u8(..4) {
            0 => json!({ "op": "test", "path": path, "value": at }),
            1 => json!({ "op": "remove", "path": path }),
            2 => {
                json!({ "op": "add", "path": "/metadata/labels", "value": { "a": *pick(rng, &["b", "c"]) } })
            }
            _ => json!({ "op": "replace", "path": path, "value": value }),
        }
    };
    (0..rng.usize(1..3)).map(|_| step(rng)).collect()
}

/// A merge patch of one place that an object has
fn part_of(rng: &mut Rng, stored: &Value) -> Value {
    let Value::Object(map) = stored else { return if rng.bool() { stored.clone() } else { junk(rng, 1) } };
    if map.is_empty() || rng.u8(..6) == 0 {
        return if rng.bool() { stored.clone() } else { Value::Null };
    }
    let Some((name, below)) = map.iter().nth(rng.usize(..map.len())) else { return Value::Null };
    json!({ name: part_of(rng, below) })
}
