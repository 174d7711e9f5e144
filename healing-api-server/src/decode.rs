//! The body of a request as a value, with what a strict reader objects to
//!
//! It owns the reading of JSON and YAML. What fields mean is not its business.

mod go_syntax;

use std::collections::BTreeSet;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use crate::Refusal;

/// Deepest nesting of a body
pub(crate) const DEPTH_MAX: usize = 100;
/// Most bytes that the paths to all fields of a body have together; those of an ordinary one of 3 MiB have a tenth
const PATHS_MAX: usize = 512 * 1024 * 1024;
/// Most places that are told of as being there twice: each has a path that may be long
const TOLD_MAX: usize = 100;

/// A body that was read
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Body {
    pub(crate) value: Value,
    /// Places that are there twice; the last one counts
    pub(crate) duplicates: Vec<String>,
    /// What else was found, in the words in which it is told
    pub(crate) complaints: Vec<String>,
}

/// Reads a body of this media type
///
/// # Errors
/// 400 for what is no JSON or YAML, 415 for another media type.
pub(crate) fn decode(bytes: &[u8], content_type: &str) -> Result<Body, Refusal> {
    match content_type {
        ""
        | "application/json"
        | "application/merge-patch+json"
        | "application/strategic-merge-patch+json"
        | "application/json-patch+json" => json(bytes),
        "application/yaml" | "application/apply-patch+yaml" => yaml(bytes),
        "application/vnd.kubernetes.protobuf" | "application/apply-patch+cbor" => {
            Err(Refusal::unsupported_media_type(
                "the sandbox does not read protobuf or CBOR; send application/json or application/yaml (with kubectl: `-f FILE`, or `--dry-run=client -o yaml | kubectl create -f -`)",
            ))
        }
        other => Err(Refusal::unsupported_media_type(format!(
            "the body of the request was in an unknown format - accepted media types include: application/json, application/yaml; not {other}"
        ))),
    }
}

fn json(bytes: &[u8]) -> Result<Body, Refusal> {
    let mut duplicates = Vec::new();
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let place = Place { at: &At::Top, depth: 0, duplicates: &mut duplicates };
    let value = place.deserialize(&mut reader).and_then(|value| reader.end().map(|()| value));
    let value = value.map_err(|error| Refusal::bad_request(syntax(bytes, &error)))?;
    check_size(&value)?;
    Ok(Body { value, duplicates, complaints: Vec::new() })
}

/// What is wrong with the syntax of JSON, in the words of Go; what Go would read is told in our own
pub(crate) fn syntax(bytes: &[u8], error: &serde_json::Error) -> String {
    go_syntax::problem(bytes).unwrap_or_else(|| error.to_string())
}

fn yaml(bytes: &[u8]) -> Result<Body, Refusal> {
    let wrong = |why: &dyn fmt::Display| Refusal::bad_request(format!("error decoding YAML: {why}"));
    let text = std::str::from_utf8(bytes).map_err(|error| wrong(&error))?;
    // JSON is YAML, but the reader of JSON sees fields that are there twice
    if let Ok(body) = json(bytes) {
        return Ok(body);
    }
    let value: Value = serde_saphyr::from_str(text).map_err(|error| wrong(&error))?;
    check_size(&value)?;
    Ok(Body { value, ..Body::default() })
}

/// Refuses what would be slow to tell the places of, and what is nested too deeply for whoever walks through it
fn check_size(value: &Value) -> Result<(), Refusal> {
    let mut left = PATHS_MAX;
    if depth_within(value, DEPTH_MAX, 0, &mut left) {
        return Ok(());
    }
    if left == 0 {
        let message = "Request entity too large: the names of nested fields are too long for so many fields";
        return Err(Refusal::new(413, "RequestEntityTooLarge", message));
    }
    Err(Refusal::bad_request(format!("error decoding the body: nested deeper than {DEPTH_MAX}")))
}

/// Whether a value has at most this depth, and paths that are together not longer than what is left
fn depth_within(value: &Value, depth: usize, path: usize, left: &mut usize) -> bool {
    *left = left.saturating_sub(path);
    if *left == 0 {
        return false;
    }
    match value {
        Value::Array(list) => {
            depth > 0 && list.iter().all(|value| depth_within(value, depth - 1, path + 1, left))
        }
        Value::Object(map) => {
            let within = |(name, value): (&String, &Value)| {
                depth_within(value, depth - 1, path + name.len() + 1, left)
            };
            depth > 0 && map.iter().all(within)
        }
        _ => true,
    }
}

/// The way to a place; it is written out for what is told alone, since most of a body is right
enum At<'a> {
    Top,
    Field(&'a At<'a>, &'a str),
    Element(&'a At<'a>, usize),
}

/// A place that is about to be read
struct Place<'a> {
    at: &'a At<'a>,
    depth: usize,
    duplicates: &'a mut Vec<String>,
}

// === impl At ===

impl fmt::Display for At<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Top => Ok(()),
            Self::Field(Self::Top, name) => f.write_str(name),
            Self::Field(parent, name) => write!(f, "{parent}.{name}"),
            Self::Element(parent, index) => write!(f, "{parent}[{index}]"),
        }
    }
}

// === impl Place ===

impl<'de> DeserializeSeed<'de> for Place<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        if self.depth > DEPTH_MAX {
            return Err(serde::de::Error::custom("nested too deeply"));
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Place<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        loop {
            let at = At::Element(self.at, list.len());
            let place = Place { at: &at, depth: self.depth + 1, duplicates: &mut *self.duplicates };
            match elements.next_element_seed(place)? {
                Some(element) => list.push(element),
                None => return Ok(Value::Array(list)),
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Value, A::Error> {
        let (mut map, mut told) = (Map::new(), BTreeSet::new());
        while let Some(name) = fields.next_key::<String>()? {
            let at = At::Field(self.at, &name);
            if map.contains_key(&name) && self.duplicates.len() < TOLD_MAX && told.insert(name.clone()) {
                self.duplicates.push(at.to_string());
            }
            let place = Place { at: &at, depth: self.depth + 1, duplicates: &mut *self.duplicates };
            let value = fields.next_value_seed(place)?;
            map.insert(name, value);
        }
        Ok(Value::Object(map))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_there_twice_is_told_once() {
        let body = decode(br#"{"a":1,"a":2,"a":3,"b":[{"c":1,"c":null}]}"#, "application/json").unwrap();
        assert_eq!(body.value, json!({ "a": 3, "b": [{ "c": null }] }));
        assert_eq!(body.duplicates, ["a", "b[0].c"]);
    }

    #[test]
    fn what_cannot_be_read_is_refused() {
        let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
        for (text, kind, code) in [
            ("{", "application/json", 400),
            ("{} {}", "application/json", 400),
            (deep.as_str(), "application/json", 400),
            (deep.as_str(), "application/yaml", 400),
            ("a: [", "application/yaml", 400),
            ("{}", "text/plain", 415),
            ("{}", "application/vnd.kubernetes.protobuf", 415),
        ] {
            assert_eq!(decode(text.as_bytes(), kind).unwrap_err().code, code, "{kind}");
        }
        assert_eq!(decode(b"a: 1", "application/yaml").unwrap().value, json!({ "a": 1 }));
    }
}
