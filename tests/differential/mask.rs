//! Makes the answers of two servers comparable: what must differ gets a name by its first appearance
//!
//! Whether two values of one server are the same is kept: the second resourceVersion that a sequence sees is `<rv2>`
//! in all its places. Only the revision of lists and bookmarks, and the time, are names without a number.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use jiff::Timestamp;
use regex::{Captures, Regex};
use serde_json::Value;

use crate::arm::Answer;

static UID: LazyLock<Regex> =
    LazyLock::new(|| regex(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"));
static TIME: LazyLock<Regex> = LazyLock::new(|| regex(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)"));
static NUMBER: LazyLock<Regex> = LazyLock::new(|| regex(r"\b\d+\b"));
static TOKEN_VOLUME: LazyLock<Regex> = LazyLock::new(|| regex("kube-api-access-[a-z0-9]{5}"));
static AGE: LazyLock<Regex> = LazyLock::new(|| regex(r"^(\d+[smhd])+$"));
static AGO: LazyLock<Regex> = LazyLock::new(|| regex(r"\((\d+[smhd])+ ago\)"));
static ADDRESS: LazyLock<Regex> = LazyLock::new(|| regex(r"^10\.\d+\.\d+\.\d+$"));

/// How far from now a time may be to be one of the server's
const NEAR_SECS: i64 = 24 * 3600;
/// Characters that the server adds to a `generateName`
const RANDOM: usize = 5;
/// Times in the future are told apart in steps of this
const STEP_SECS: i64 = 10;

/// The names that one sequence has given on one server
#[derive(Debug, Default)]
pub(crate) struct Mask {
    /// The sequence's namespace, which two arms on one server cannot share
    namespace: String,
    uids: Vec<String>,
    revisions: Vec<String>,
    /// What names were asked to begin with
    bases: Vec<String>,
    /// Names that the server made
    made: Vec<String>,
}

/// Where a value stands
#[derive(Clone, Copy)]
struct Place<'a> {
    key: &'a str,
    /// In the metadata of a list, a table or a bookmark
    of_list: bool,
}

// === impl Mask ===

impl Mask {
    pub(crate) fn new(namespace: &str) -> Self {
        Self { namespace: namespace.to_owned(), ..Self::default() }
    }

    /// The answer with names for what differs from server to server
    pub(crate) fn answer(&mut self, answer: &Answer, now: Timestamp) -> Answer {
        let mut body = answer.body.clone();
        self.find_made_name(&body);
        self.value(&mut body, Place { key: "", of_list: false }, now);
        sort_causes(&mut body);
        sort_resources(&mut body);
        let headers = answer.headers.iter().map(|(name, values)| {
            (name.clone(), values.iter().map(|value| self.text(value, "", now)).collect())
        });
        let headers: BTreeMap<String, Vec<String>> = headers.collect();
        Answer { status: answer.status, headers, body }
    }

    /// Says that the next answers may have a name that was made from this base
    pub(crate) fn expect_made_name(&mut self, base: &str) {
        self.bases.push(base.to_owned());
    }

    /// Remembers the name that came of a `generateName`; an error has it too
    fn find_made_name(&mut self, body: &Value) {
        for name in [&body["metadata"]["name"], &body["details"]["name"]] {
            let Some(name) = name.as_str() else { continue };
            let cut = name.len().saturating_sub(RANDOM);
            let is_made = name.get(..cut).is_some_and(|start| {
                let is_cut = |base: &String| base == start || (base.len() > cut && base.starts_with(start));
                !start.is_empty() && self.bases.iter().any(is_cut)
            });
            if is_made && !self.made.iter().any(|known| known == name) {
                self.made.push(name.to_owned());
            }
        }
    }

    fn value(&mut self, value: &mut Value, place: Place<'_>, now: Timestamp) {
        match value {
            Value::Object(fields) => {
                let is_list = is_list(fields);
                for (key, field) in fields.iter_mut() {
                    let in_list = place.key == "metadata" && place.of_list;
                    let of_list = if key == "metadata" { is_list } else { in_list };
                    self.value(field, Place { key, of_list }, now);
                }
                // managed fields have the uids of owners and the names of volumes in their keys
                if fields.keys().any(|key| UID.is_match(key) || TOKEN_VOLUME.is_match(key)) {
                    let old = std::mem::take(fields);
                    fields.extend(old.into_iter().map(|(key, field)| (self.text(&key, "", now), field)));
                }
            }
            Value::Array(items) => {
                if place.key == "managedFields" {
                    // the server has them in the order of their times, and equal seconds are chance
                    items.sort_by_key(manager);
                }
                let below = if place.key == "cells" { "cell" } else { place.key };
                for item in items {
                    self.value(item, Place { key: below, ..place }, now);
                }
            }
            Value::String(text) => *text = self.named(text, place, now),
            Value::Number(_) if place.key == "nodePort" => *value = "<port>".into(),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn named(&mut self, text: &str, place: Place<'_>, now: Timestamp) -> String {
        match place.key {
            "resourceVersion" if text.is_empty() || text == "0" => text.to_owned(),
            "resourceVersion" if place.of_list => "<rv>".to_owned(),
            "resourceVersion" => numbered(&mut self.revisions, text, "rv"),
            "continue" if !text.is_empty() => "<continue>".to_owned(),
            "storageVersionHash" => "<hash>".to_owned(),
            "ca.crt" | "caBundle" => "<certificate>".to_owned(),
            "cell" if AGE.is_match(text) => "<age>".to_owned(),
            "clusterIP" | "clusterIPs" if ADDRESS.is_match(text) => "<address>".to_owned(),
            key => self.text(text, key, now),
        }
    }

    fn text(&mut self, text: &str, key: &str, now: Timestamp) -> String {
        let mut text = text.to_owned();
        for (index, name) in self.made.iter().enumerate() {
            text = text.replace(name, &format!("<name{}>", index + 1));
        }
        text = text.replace(&self.namespace, "<ns>");
        text =
            UID.replace_all(&text, |found: &Captures<'_>| numbered(&mut self.uids, &found[0], "uid")).into();
        text = TIME.replace_all(&text, |found: &Captures<'_>| time(&found[0], now)).into();
        text = TOKEN_VOLUME.replace_all(&text, "kube-api-access-<random>").into();
        text = AGO.replace_all(&text, "(<age> ago)").into();
        if key == "message" && text.contains("esource") && text.contains("ersion") {
            text = NUMBER.replace_all(&text, |found: &Captures<'_>| self.revision_in_text(&found[0])).into();
        }
        text
    }

    /// A number in a message about versions; one that no object had is any list's
    fn revision_in_text(&self, number: &str) -> String {
        match self.revisions.iter().position(|known| known == number) {
            Some(index) => format!("<rv{}>", index + 1),
            None if number == "0" || number == "1" || number.len() > 7 => number.to_owned(),
            None => "<rv>".to_owned(),
        }
    }
}

fn regex(text: &str) -> Regex {
    Regex::new(text).expect("the patterns of this file are valid")
}

/// `<kind N>`, with the number of the value's first appearance
fn numbered(known: &mut Vec<String>, value: &str, kind: &str) -> String {
    let index = known.iter().position(|old| old == value).unwrap_or_else(|| {
        known.push(value.to_owned());
        known.len() - 1
    });
    format!("<{kind}{}>", index + 1)
}

/// Whether the revision of this object is that of the whole server: a list, a table, a bookmark
fn is_list(fields: &serde_json::Map<String, Value>) -> bool {
    let kind = fields.get("kind").and_then(Value::as_str).unwrap_or_default();
    let bare = fields
        .get("metadata")
        .is_some_and(|metadata| metadata.get("name").is_none() && metadata.get("resourceVersion").is_some());
    kind.ends_with("List") || kind == "Table" || bare
}

/// What tells the entries of managed fields apart
fn manager(entry: &Value) -> String {
    format!("{} {} {} {}", entry["manager"], entry["operation"], entry["subresource"], entry["apiVersion"])
}

/// A time of the server's by its distance from now; all others are what the sequence sent
fn time(text: &str, now: Timestamp) -> String {
    let Ok(at) = text.parse::<Timestamp>() else { return text.to_owned() };
    let distance = at.as_second() - now.as_second();
    if distance.abs() > NEAR_SECS {
        return text.to_owned();
    }
    let unit = if text.contains('.') { "microtime" } else { "time" };
    match (distance + STEP_SECS / 2).div_euclid(STEP_SECS) * STEP_SECS {
        ahead if ahead > 0 => format!("<{unit}+{ahead}s>"),
        _ => format!("<{unit}>"),
    }
}

/// The real server lists the resources of a custom group in the order of a Go map, which is chance
fn sort_resources(body: &mut Value) {
    if body["kind"] == "APIResourceList"
        && let Some(resources) = body["resources"].as_array_mut()
    {
        resources.sort_by_key(|resource| resource["name"].as_str().unwrap_or_default().to_owned());
    }
}

/// Puts several errors in an order: the server reports some in that of a map, which is chance
fn sort_causes(body: &mut Value) {
    if let Some(Value::String(message)) = body.get_mut("message")
        && let Some((head, errors)) = message.split_once("errors:\n")
    {
        let mut errors: Vec<&str> = errors.lines().collect();
        errors.sort_unstable();
        *message = format!("{head}errors:\n{}", errors.join("\n"));
    }
    let Some(causes) = body.pointer_mut("/details/causes").and_then(Value::as_array_mut) else { return };
    if causes.len() < 2 {
        return;
    }
    causes.sort_by_key(ToString::to_string);
    if let Some(Value::String(message)) = body.get_mut("message") {
        let mut parts: Vec<String> = message.split(", ").map(|part| part.replace(['[', ']'], "")).collect();
        // the first part has the name of the object before the list
        let head = parts
            .first()
            .and_then(|part| part.split_once(" is invalid: "))
            .map(|(head, first)| (head.to_owned(), first.to_owned()));
        if let Some((head, first)) = head {
            parts[0] = first;
            parts.sort();
            *message = format!("{head} is invalid: [{}]", parts.join(", "));
        }
    }
}
