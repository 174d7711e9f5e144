//! What no API server takes as a schema, found before anything is made of it
//!
//! The derive refuses what it sees in a declaration; what stands in other types is seen here, in the schema that
//! schemars made of them. It owns the messages. The transforms after it panic on some of this, so it comes first.

use std::{collections::BTreeMap, fmt};

use serde_json::{Map, Value};

use super::declared;

/// Types that have no structural schema, each with its place and what to write instead
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SchemaError {
    problems: Vec<String>,
}

/// A walk over one schema
struct Walk {
    problems: Vec<String>,
}

const OPEN: &str = "x-kubernetes-preserve-unknown-fields";
/// What a part that takes JSON of any form says for itself
const PLAIN: &[&str] = &[OPEN, declared::DECLARED, "title", "description", "default", "nullable"];
const INT_OR_STRING: &str = "x-kubernetes-int-or-string";
const RAW: &str = "for JSON of any form put `#[healing(preserve_unknown_fields)]` on the field";

/// Takes from every part that takes JSON of any form what the type of its field would say
///
/// What is known of an object stays: its fields are checked, and others are kept.
pub(super) fn open(schema: &mut Value) {
    match schema {
        Value::Object(parts) => {
            if is_open(parts) {
                let is_object = parts.get("type").is_some_and(|kind| kind == "object");
                // What holds itself cannot be told to its end.
                let ends = !Value::Object(parts.clone()).to_string().contains("\"$ref\"");
                let known: &[&str] =
                    if is_object && ends { &["type", "properties", "required"] } else { &[] };
                parts.retain(|word, _| PLAIN.iter().chain(known).any(|kept| word == kept));
            }
            parts.values_mut().for_each(open);
        }
        Value::Array(parts) => parts.iter_mut().for_each(open),
        _ => {}
    }
}

/// Everything in `schema`, which describes the value at `path`, that has no structural form
///
/// # Errors
///
/// One problem for each place.
pub(super) fn check(schema: &Value, path: &str) -> Result<(), SchemaError> {
    let mut walk = Walk { problems: Vec::new() };
    walk.value(schema, path);
    SchemaError::of(walk.problems)
}

// === impl SchemaError ===

impl SchemaError {
    /// An error, if there is a problem
    pub(super) fn of(problems: Vec<String>) -> Result<(), Self> {
        if problems.is_empty() { Ok(()) } else { Err(Self { problems }) }
    }
}

impl fmt::Display for SchemaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.problems.join("; "))
    }
}

impl std::error::Error for SchemaError {}

// === impl Walk ===

impl Walk {
    fn say(&mut self, path: &str, problem: impl fmt::Display) {
        self.problems.push(format!("`{path}` {problem}"));
    }

    /// A schema that stands for a value
    fn value(&mut self, schema: &Value, path: &str) {
        let Value::Object(schema) = schema else {
            return self.say(path, format_args!("can be anything, and the API server needs its type; {RAW}"));
        };
        self.object(schema, path);
    }

    fn object(&mut self, schema: &Map<String, Value>, path: &str) {
        if let Some(name) = schema.get("$ref").and_then(Value::as_str) {
            let name = name.rsplit('/').next().unwrap_or(name);
            return self.say(
                path,
                format_args!("has the type `{name}`, which holds itself, and a schema must end: make it a list, or {RAW}"),
            );
        }
        self.form(schema, path);
        self.branches(schema, path);
        self.parts(schema, path);
    }

    /// The type of a value is one, and is one that the API server knows.
    fn form(&mut self, schema: &Map<String, Value>, path: &str) {
        let marked = is_open(schema) || schema.get(INT_OR_STRING) == Some(&Value::Bool(true));
        let branched = ["oneOf", "anyOf"].iter().any(|word| schema.contains_key(*word));
        match schema.get("type") {
            _ if is_null(schema) => {
                self.say(path, "is `()` or a struct without fields, which is null in JSON; leave it out");
            }
            Some(Value::Array(kinds)) if kinds.iter().filter(|kind| *kind != "null").count() != 1 => {
                self.say(path, format_args!("has more than one type, and the API server needs one; {RAW}"));
            }
            None if !marked && !branched => {
                self.say(path, format_args!("can be anything, and the API server needs its type; {RAW}"));
            }
            _ => {}
        }
        if let Some("int128" | "uint128") = schema.get("format").and_then(Value::as_str) {
            self.say(path, "is a whole number of 128 bits, and the API server has 64; use `i64`");
        }
        if schema.contains_key("patternProperties") || schema.contains_key("propertyNames") {
            self.say(path, "is a map whose keys are not plain text; use `BTreeMap<String, _>`");
        }
    }

    /// Alternatives agree in type and in what they have in common: they become one schema.
    fn branches(&mut self, schema: &Map<String, Value>, path: &str) {
        let lists = ["oneOf", "anyOf"].iter().filter_map(|word| schema.get(*word)?.as_array());
        let branches: Vec<&Map<String, Value>> = lists.flatten().filter_map(Value::as_object).collect();
        let present: Vec<_> = branches.iter().copied().filter(|branch| !is_null(branch)).collect();
        let alone = !schema.contains_key("type") && !schema.contains_key("properties");
        if let ([only], true) = (present.as_slice(), alone && branches.len() == 2) {
            return self.object(only, path);
        }
        if branches.is_empty() || schema.get(INT_OR_STRING) == Some(&Value::Bool(true)) {
            return;
        }
        let kinds = branches.iter().map(|branch| branch.get("type"));
        let kinds: Vec<_> = kinds.chain([schema.get("type")]).flatten().collect();
        let nested =
            branches.iter().any(|branch| branch.contains_key("oneOf") || branch.contains_key("anyOf"));
        if nested || kinds.windows(2).any(|pair| pair[0] != pair[1]) {
            self.say(
                path,
                "is an enum with values of more than one type, which has no structural schema; give each variant a \
                 struct, or make all of them words",
            );
        } else if kinds.is_empty() {
            self.say(path, format_args!("can be anything, and the API server needs its type; {RAW}"));
        } else {
            self.shared(&branches, schema, path);
        }
    }

    fn shared(&mut self, branches: &[&Map<String, Value>], schema: &Map<String, Value>, path: &str) {
        let mut known: BTreeMap<&str, &Value> = BTreeMap::new();
        let parts =
            branches.iter().filter_map(|branch| branch.get("properties")).chain(schema.get("properties"));
        for (name, part) in parts.filter_map(Value::as_object).flatten() {
            let first = *known.entry(name).or_insert(part);
            if first != part {
                return self.say(
                    path,
                    format_args!(
                        "is an enum whose variants differ in the field `{name}`, which has no structural schema; leave out \
                         `tag`, `content` and `untagged`, so that a variant is a field of which one is set"
                    ),
                );
            }
        }
        for branch in branches {
            self.parts(branch, path);
        }
    }

    /// What the value holds
    fn parts(&mut self, schema: &Map<String, Value>, path: &str) {
        let properties = schema.get("properties").and_then(Value::as_object);
        for (name, part) in properties.into_iter().flatten() {
            self.value(part, &format!("{path}.{name}"));
        }
        match schema.get("items") {
            Some(Value::Array(_)) => {
                self.say(path, "is a tuple, which has no structural schema; use a struct with named fields");
            }
            Some(item) => self.value(item, &format!("{path}[]")),
            None if schema.get("type").is_some_and(|kind| kind == "array") => {
                self.say(path, format_args!("is a list of anything, and the API server needs a type; {RAW}"));
            }
            None => {}
        }
        match schema.get("additionalProperties") {
            Some(Value::Bool(true)) if properties.is_none() => {
                self.say(path, format_args!("is a map of anything, and the API server needs a type; {RAW}"));
            }
            Some(item @ Value::Object(_)) => self.value(item, &format!("{path}.*")),
            _ => {}
        }
    }
}

/// Whether a value of any form is asked for, by the type itself or by the field
fn is_open(schema: &Map<String, Value>) -> bool {
    let declared = schema.get(declared::DECLARED).and_then(|declared| declared["own"].get(OPEN));
    [schema.get(OPEN), declared].contains(&Some(&Value::Bool(true)))
}

/// Whether a branch says no more than that a value may be absent
fn is_null(branch: &Map<String, Value>) -> bool {
    branch.get("type").is_some_and(|kind| kind == "null")
        || branch.get("enum").is_some_and(|values| *values == serde_json::json!([null]))
}

#[cfg(test)]
mod tests;
