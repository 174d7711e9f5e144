//! Fills the answers of earlier steps into later requests, and tells whether an answer is the one that is waited for

use std::collections::BTreeMap;

use serde_json::Value;

use crate::format::{self, Lets};
use crate::sequence::{Body, Until};

/// Answers by the labels of their steps, as they were received
pub(crate) type Captures = BTreeMap<String, Value>;

/// Replaces `${label}` and `${label.path}`
pub(crate) fn fill(text: &str, captures: &Captures) -> Result<String, String> {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        filled.push_str(&rest[..at]);
        let (name, after) = rest[at + 2..].split_once('}').ok_or("`${` has no `}`")?;
        filled.push_str(&value_of(name, captures)?);
        rest = after;
    }
    filled.push_str(rest);
    Ok(filled)
}

fn value_of(name: &str, captures: &Captures) -> Result<String, String> {
    let (label, path) = name.split_once('.').unwrap_or((name, ""));
    let answer = captures.get(label).ok_or_else(|| format!("no step is called `{label}`"))?;
    let path = match path {
        "rv" => "metadata.resourceVersion",
        "uid" => "metadata.uid",
        "continue" => "metadata.continue",
        "name" => "metadata.name",
        path => path,
    };
    // a value that is not there is a difference of the answers, which tell more than an error here
    Ok(match look(answer, path) {
        None => "missing".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(value) => value.to_string(),
    })
}

/// The value at a path such as `.status.conditions[0].type`
pub(crate) fn look<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    let mut at = value;
    for key in path.split(['.', '[', ']']).filter(|key| !key.is_empty()) {
        at = match at {
            Value::Array(items) => items.get(key.parse::<usize>().ok()?)?,
            // a slash in a path stands for a dot in a key
            other => other.get(key.replace('/', "."))?,
        };
    }
    Some(at)
}

/// Takes the value at a path away, if there is one
pub(crate) fn remove(value: &mut Value, path: &str) {
    let Some((parent, key)) = path.rsplit_once('.') else { return };
    let mut at = value;
    for key in parent.split(['.', '[', ']']).filter(|key| !key.is_empty()) {
        let below = match at {
            Value::Array(items) => key.parse().ok().and_then(|index: usize| items.get_mut(index)),
            other => other.get_mut(key),
        };
        let Some(below) = below else { return };
        at = below;
    }
    if let Value::Object(fields) = at {
        fields.remove(key);
    }
}

/// The bytes of a request's body
pub(crate) fn body(body: &Body, captures: &Captures, lets: &Lets) -> Result<Vec<u8>, String> {
    let filled = |text: &str| fill(&format::fill(text, lets), captures);
    Ok(match body {
        Body::None => Vec::new(),
        Body::Raw(text) => filled(text)?.into_bytes(),
        Body::Size(size) => format!("\"{}\"", "x".repeat(*size)).into_bytes(),
        Body::Yaml(text) => yaml(&filled(text)?)?.to_string().into_bytes(),
        Body::Changed { label, patch } => {
            let mut value =
                captures.get(label).cloned().ok_or_else(|| format!("no step is called `{label}`"))?;
            merge(&mut value, &yaml(&filled(patch)?)?);
            value.to_string().into_bytes()
        }
    })
}

fn yaml(text: &str) -> Result<Value, String> {
    // `y` is a letter here, as it is in YAML 1.2
    let options = serde_saphyr::options! { strict_booleans: true };
    serde_saphyr::from_str_with_options(text, options).map_err(|error| format!("not YAML: {error}: {text}"))
}

/// A merge patch; `null` removes
fn merge(value: &mut Value, patch: &Value) {
    let Value::Object(fields) = patch else {
        *value = patch.clone();
        return;
    };
    if !value.is_object() {
        *value = Value::Object(serde_json::Map::new());
    }
    let Value::Object(target) = value else { return };
    for (key, field) in fields {
        if field.is_null() {
            target.remove(key);
        } else {
            merge(target.entry(key.clone()).or_insert(Value::Null), field);
        }
    }
}

/// Whether an answer is what a step waits for
pub(crate) fn holds(until: &Until, status: u16, body: &Value) -> bool {
    match until {
        Until::Status(wanted) => status == *wanted,
        Until::Exists(path) => look(body, path).is_some(),
        Until::Missing(path) => look(body, path).is_none(),
        Until::Is(path, wanted) => look(body, path).is_some_and(|value| match value {
            Value::String(text) => text == wanted,
            other => other.to_string().as_str() == wanted,
        }),
    }
}
