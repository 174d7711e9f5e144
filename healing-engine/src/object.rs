//! Objects that a resource owns beside its pods: what is wanted, what is seen, and whether the two agree
//!
//! It owns the comparison of an object as wanted with one as served. What follows from that is decided in
//! `decide::owned`; how an object is built and sent is the runtime's business.

#[cfg(test)]
mod tests;

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Hash of the object as it was applied last, so that a field which is not wanted any more is noticed
pub const APPLIED_HASH_ANNOTATION: &str = "healing.dev/applied-hash";

/// Most objects of one resource beside its pods
pub const OBJECTS_MAX: usize = 100;

/// Which object, among those of one namespace
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ObjectKey {
    /// API group; empty for the core group
    #[serde(default)]
    pub group: String,
    /// Kind, such as `ConfigMap`
    pub kind: String,
    /// `metadata.name`
    pub name: String,
}

/// All that is known of the objects of one resource beside its pods
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Objects {
    /// What the resource asks for, each key once, in its order
    pub wanted: Vec<WantedObject>,
    /// What it asks for and cannot have, each as one line that says why
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unfit: Vec<String>,
    /// What the resource owns, and whatever else has the name of a wanted object
    pub seen: Vec<SeenObject>,
    /// The newest apply of each object that the API server refused
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub refused: Vec<RefusedObject>,
}

/// An object that a resource asks for
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WantedObject {
    /// Which object
    pub key: ObjectKey,
    /// Hash of all of it
    pub hash: String,
}

/// An object that is there
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SeenObject {
    /// Which object
    pub key: ObjectKey,
    /// `metadata.uid`
    pub uid: String,
    /// `metadata.resourceVersion`
    pub resource_version: String,
    /// UID of its controller, where it has one
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub controller_uid: Option<String>,
    /// Whether it is on its way out
    #[serde(default)]
    pub terminating: bool,
    /// Whether it is what is wanted under its key: applied with the same hash, and every field is as it was applied
    pub as_wanted: bool,
}

/// An apply that the API server refused, such as for a quota or a field that it does not take
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RefusedObject {
    /// Which object
    pub key: ObjectKey,
    /// Hash of what was refused: anything else is tried at once
    pub hash: String,
    /// The API server's message
    pub message: String,
    /// When to try again
    pub until: Timestamp,
}

/// Whether every field of `wanted` has its value in `live`
///
/// Fields that only `live` has are defaults of the API server, or other managers': they do not matter, but in a
/// selector, which is taken as a whole. So are lists: one with other items, or in another order, is another one. A
/// value that Go writes as nothing (an empty list or map, `""`, 0, false) is there where the field is absent.
pub fn covers(wanted: &Value, live: &Value) -> bool {
    match (wanted, live) {
        (Value::Object(wanted), Value::Object(live)) => {
            wanted.iter().all(|(name, value)| match live.get(name) {
                Some(found) if is_selector(name) => equals(value, found),
                Some(found) => covers(value, found),
                None => is_zero(value),
            })
        }
        (Value::Array(wanted), Value::Array(live)) => {
            wanted.len() == live.len() && wanted.iter().zip(live).all(|(one, other)| covers(one, other))
        }
        (wanted, live) => same_scalar(wanted, live),
    }
}

/// Whether nothing but the API server's way of writing nothing differs
fn equals(one: &Value, other: &Value) -> bool {
    covers_exactly(one, other) && covers_exactly(other, one)
}

fn covers_exactly(wanted: &Value, live: &Value) -> bool {
    match (wanted, live) {
        (Value::Object(wanted), Value::Object(live)) => {
            wanted.iter().all(|(name, value)| match live.get(name) {
                Some(found) => covers_exactly(value, found),
                None => is_zero(value),
            })
        }
        _ => covers(wanted, live),
    }
}

/// Selectors are atomic in every kind of Kubernetes: one more key selects something else
fn is_selector(field: &str) -> bool {
    field == "selector" || field.ends_with("Selector")
}

fn is_zero(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(value) => !value,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.values().all(is_zero),
    }
}

fn same_scalar(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => one == other || one.as_f64() == other.as_f64(),
        (one, other) => one == other,
    }
}

/// `object` without what says nothing: a null would claim the field that it stands for
pub fn without_nulls(object: Value) -> Value {
    match object {
        Value::Object(fields) => {
            let kept = fields.into_iter().filter(|(_, value)| !value.is_null());
            Value::Object(kept.map(|(name, value)| (name, without_nulls(value))).collect::<Map<_, _>>())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(without_nulls).collect()),
        other => other,
    }
}

// === impl ObjectKey ===

impl fmt::Display for ObjectKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} `{}`", self.kind, self.name)
    }
}

// === impl Objects ===

impl Objects {
    /// Whether nothing is wanted and nothing is seen
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
