//! Sequences of writes that were sent to a real API server (1.37.2), replayed: entries, objects and refusals must be
//! the same
//!
//! The recordings hold each request and the object after it. Times are the seconds of the recording.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use jiff::Timestamp;
use serde_json::{Value, json};
use structural_schema::Schema;

use super::super::{SCALE, Writer, apply, keep_times, parent_entries, scale_entries, track};
use super::widget;
use crate::Refusal;
use crate::strategic::strategic;

pub(super) const CUSTOM: &str = include_str!("custom.json");
/// Drawn from a seed, and then recorded
pub(super) const DRAWN: &str = include_str!("drawn.json");
pub(super) const BUILT_IN: &str = include_str!("built_in.json");
const KINDS: &str = include_str!("../../open_api/kinds.json");

/// Kinds by apiVersion and kind, with the name of their schema
const SCHEMAS: &[(&str, &str)] = &[
    ("v1 ", "io.k8s.api.core.v1."),
    ("apps/v1 ", "io.k8s.api.apps.v1."),
    ("autoscaling/v1 ", "io.k8s.api.autoscaling.v1."),
    ("policy/v1 ", "io.k8s.api.policy.v1."),
    ("events.k8s.io/v1 ", "io.k8s.api.events.v1."),
    ("coordination.k8s.io/v1 ", "io.k8s.api.coordination.v1."),
    ("rbac.authorization.k8s.io/v1 ", "io.k8s.api.rbac.v1."),
    ("scheduling.k8s.io/v1 ", "io.k8s.api.scheduling.v1."),
    ("discovery.k8s.io/v1 ", "io.k8s.api.discovery.v1."),
    ("admissionregistration.k8s.io/v1 ", "io.k8s.api.admissionregistration.v1."),
    ("apiextensions.k8s.io/v1 ", "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1."),
];

static DEFINITIONS: LazyLock<BTreeMap<String, Value>> =
    LazyLock::new(|| serde_json::from_str(KINDS).unwrap());

fn schema_of(kind: &str) -> Arc<Schema> {
    if kind == "Widget" {
        return widget();
    }
    let name =
        SCHEMAS.iter().find_map(|(prefix, schema)| Some(format!("{schema}{}", kind.strip_prefix(prefix)?)));
    Schema::parse_built_in(&DEFINITIONS, &name.unwrap())
}

struct Replay<'a> {
    kind: &'a str,
    schema: Arc<Schema>,
    step: &'a Value,
    live: Option<&'a Value>,
}

impl Replay<'_> {
    fn text(&self, field: &str) -> &str {
        self.step[field].as_str().unwrap()
    }

    fn writer<'b>(&'b self, api_version: &'b str) -> Writer<'b> {
        let now = Timestamp::from_second(self.step["at"].as_i64().unwrap()).unwrap();
        Writer { manager: self.text("manager"), subresource: self.text("subresource"), api_version, now }
    }

    fn reset(&self) -> &'static [&'static [&'static str]] {
        match (self.kind, self.text("subresource")) {
            ("Widget", "status") => &[&["spec"], &["metadata"]],
            ("apps/v1 Deployment", "status") => &[&["spec"], &["metadata", "labels"]],
            (_, "status") => &[&["spec"]],
            _ => &[&["status"]],
        }
    }

    /// What is made of the live object, or the refusal
    fn result(&self) -> Result<Value, Refusal> {
        let api_version = match self.kind.split_once(' ') {
            Some((version, _)) => version,
            None => "test.example.com/v1",
        };
        let writer = self.writer(api_version);
        let body = &self.step["body"];
        let patched = match self.text("verb") {
            "apply" => {
                let force = self.step["force"] == true;
                let mut new = apply(self.live, body, &self.schema, &writer, force, self.reset())?;
                // Status and main are kept apart, and defaults filled in, by others.
                for field in ["spec", "status", "data"] {
                    copy(&self.step["object"], &mut new, field);
                }
                if let Some(live) = self.live {
                    keep_times(live, &mut new);
                }
                return Ok(new);
            }
            "scale" => return Ok(self.scaled(api_version)),
            "strategic" => strategic(self.live.unwrap(), body, &self.schema)?,
            "merge" => {
                let mut new = self.live.unwrap().clone();
                json_patch::merge(&mut new, body);
                new
            }
            "json" => {
                let mut new = self.live.unwrap().clone();
                let steps: json_patch::Patch = serde_json::from_value(body.clone()).unwrap();
                json_patch::patch(&mut new, &steps).unwrap();
                new
            }
            _ => body.clone(),
        };
        if self.step["code"].as_i64().unwrap() >= 400 {
            return Ok(Value::Null); // It is refused elsewhere.
        }
        let mut new = self.step["object"].clone();
        new["metadata"]["managedFields"] = patched["metadata"]["managedFields"].clone();
        if self.live.is_none() {
            forget(self.kind, &mut new);
        }
        track(self.live, &mut new, &self.schema, &writer, self.reset());
        Ok(new)
    }

    fn scaled(&self, api_version: &str) -> Value {
        let live = self.live.unwrap();
        let replicas = ["spec".to_owned(), "replicas".to_owned()];
        let old = json!({
            "apiVersion": "autoscaling/v1", "kind": "Scale",
            "metadata": { "name": "x", "managedFields": scale_entries(live, &replicas) },
            "spec": { "replicas": live["spec"]["replicas"] },
        });
        let mut new = old.clone();
        new["spec"]["replicas"] = self.step["body"].clone();
        track(Some(&old), &mut new, &SCALE, &self.writer("autoscaling/v1"), &[]);
        let mut parent = self.step["object"].clone();
        parent["metadata"]["managedFields"] = parent_entries(live, &new, &replicas, api_version);
        parent
    }
}

/// What a real server adds after ownership is settled: its strategies and admission
const ADDED: &[(&str, &str, &[&str])] = &[
    (
        "v1 Pod",
        "spec",
        &["tolerations", "serviceAccount", "serviceAccountName", "priority", "preemptionPolicy"],
    ),
    ("v1 Service", "spec", &["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"]),
    ("v1 Namespace", "spec", &["finalizers"]),
    ("v1 PersistentVolumeClaim", "metadata", &["finalizers"]),
];

fn forget(kind: &str, new: &mut Value) {
    for (_, place, fields) in ADDED.iter().filter(|(of, ..)| *of == kind) {
        for field in *fields {
            new[*place].as_object_mut().unwrap().remove(*field);
        }
    }
}

fn copy(from: &Value, to: &mut Value, field: &str) {
    match from.get(field) {
        Some(value) => to[field] = value.clone(),
        None => {
            to.as_object_mut().unwrap().remove(field);
        }
    }
}

/// Whether an object holds everything that another one has
fn holds(whole: &Value, part: &Value) -> bool {
    match (whole, part) {
        (Value::Object(whole), Value::Object(part)) => {
            // Directives in new elements are pruned as unknown fields.
            part.iter()
                .filter(|(name, _)| !name.starts_with('$'))
                .all(|(name, part)| whole.get(name).is_some_and(|whole| holds(whole, part)))
        }
        (Value::Array(whole), Value::Array(part)) => {
            whole.len() == part.len() && whole.iter().zip(part).all(|(whole, part)| holds(whole, part))
        }
        // Defaults fill what was null.
        _ => whole == part || part.is_null(),
    }
}

/// The causes of a refusal; the real server gives those of several managers in any order
pub(super) fn sorted(details: &Value) -> Vec<String> {
    let causes = details["causes"].as_array().cloned().unwrap_or_default();
    let mut causes: Vec<String> = causes.iter().map(ToString::to_string).collect();
    causes.sort();
    causes
}

/// What differs between the entries of two objects, for people
pub(super) fn differences(found: &Value, expected: &Value) -> String {
    let of = |object: &Value| -> Vec<String> {
        let entries = object["metadata"]["managedFields"].as_array().cloned().unwrap_or_default();
        entries.iter().map(ToString::to_string).collect()
    };
    let (mut found, mut expected) = (of(found), of(expected));
    if found == expected {
        return String::new();
    }
    let same: Vec<String> = found.iter().filter(|entry| expected.contains(entry)).cloned().collect();
    if same.len() < found.len().max(expected.len()) {
        found.retain(|entry| !same.contains(entry));
        expected.retain(|entry| !same.contains(entry));
    }
    format!("\n  found    {}\n  expected {}", found.join("\n           "), expected.join("\n           "))
}

fn check_step(replay: &Replay<'_>) -> String {
    let step = replay.step;
    let code = step["code"].as_u64().unwrap();
    match replay.result() {
        Err(refusal) if u64::from(refusal.code) != code => format!(" refused: {}", refusal.message),
        Err(refusal) => {
            let expected = step["message"].as_str().unwrap();
            let causes = code != 409 || sorted(&refusal.details) == sorted(&step["details"]);
            if refusal.message == expected && causes {
                String::new()
            } else {
                format!("\n  found    {}\n  expected {expected}", refusal.message)
            }
        }
        Ok(_) if code >= 400 && matches!(replay.text("verb"), "apply") && code != 422 => {
            " not refused".to_owned()
        }
        Ok(_) if code >= 400 => String::new(),
        Ok(found) => differences(&found, &step["object"]),
    }
}

fn check_content(replay: &Replay<'_>) -> String {
    let step = replay.step;
    let (body, live) = (&step["body"], replay.live);
    let verb = replay.text("verb");
    if step["code"].as_u64().unwrap() >= 400 || !matches!(verb, "apply" | "strategic") {
        return String::new();
    }
    let mut made = if verb == "strategic" {
        strategic(live.unwrap(), body, &replay.schema).unwrap()
    } else {
        let writer = replay.writer(body["apiVersion"].as_str().unwrap());
        apply(live, body, &replay.schema, &writer, true, replay.reset()).unwrap()
    };
    let part = if replay.text("subresource") == "status" { "status" } else { "spec" };
    for field in [part, "data"] {
        let (found, expected) = (made[field].take(), &step["object"][field]);
        if !found.is_null() && !holds(expected, &found) {
            return format!("\n  found    {found}\n  expected {expected}");
        }
    }
    String::new()
}

fn replay(recording: &str) {
    let cases: Vec<Value> = serde_json::from_str(recording).unwrap();
    let mut wrong = Vec::new();
    for case in &cases {
        let kind = case["kind"].as_str().unwrap();
        let schema = schema_of(kind);
        let mut live: Option<&Value> = None;
        for (index, step) in case["steps"].as_array().unwrap().iter().enumerate() {
            let replay_live = step.get("live").or(live);
            let replay = Replay { kind, schema: Arc::clone(&schema), step, live: replay_live };
            for difference in [check_step(&replay), check_content(&replay)] {
                if !difference.is_empty() {
                    wrong.push(format!("{} step {index} ({}):{difference}", case["name"], step["verb"]));
                }
            }
            live = step.get("object").or(replay_live);
        }
    }
    assert!(wrong.is_empty(), "{} differences\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn ownership_of_custom_resources_is_that_of_a_real_server() {
    replay(CUSTOM);
}

#[test]
fn ownership_of_built_in_kinds_is_that_of_a_real_server() {
    replay(BUILT_IN);
}

#[test]
fn ownership_after_drawn_writes_is_that_of_a_real_server() {
    replay(DRAWN);
}
