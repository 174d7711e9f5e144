//! What is different between two masked answers, as places and values

use std::fmt;

use serde_json::Value;

use crate::arm::Answer;

/// Longest value that a difference shows
const SHOWN: usize = 300;

/// One place where two answers are not the same
#[derive(Clone, Debug)]
pub(crate) struct Difference {
    /// `status`, `header warning`, or a path into the body
    pub(crate) place: String,
    /// What the first arm has; nothing where it has none
    pub(crate) first: Option<String>,
    pub(crate) second: Option<String>,
}

// === impl Difference ===

impl Difference {
    fn new(place: impl Into<String>, first: Option<&Value>, second: Option<&Value>) -> Self {
        let text = |value: Option<&Value>| value.map(|value| short(&value.to_string()));
        Self { place: place.into(), first: text(first), second: text(second) }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = |value: &Option<String>| value.clone().unwrap_or_else(|| "nothing".to_owned());
        write!(f, "{}: {} | {}", self.place, text(&self.first), text(&self.second))
    }
}

/// Every difference, in the order of the first answer
pub(crate) fn answers(first: &Answer, second: &Answer) -> Vec<Difference> {
    let mut found = Vec::new();
    if first.status != second.status {
        // one line with both messages tells more than all the fields of two different answers
        let text = |answer: &Answer| Some(short(&format!("{} {}", answer.status, message(&answer.body))));
        found.push(Difference { place: "status".to_owned(), first: text(first), second: text(second) });
        return found;
    }
    let names =
        first.headers.keys().chain(second.headers.keys().filter(|key| !first.headers.contains_key(*key)));
    for name in names {
        let (one, two) = (first.headers.get(name), second.headers.get(name));
        if one != two {
            let text = |values: Option<&Vec<String>>| values.map(|values| short(&values.join(" & ")));
            found.push(Difference { place: format!("header {name}"), first: text(one), second: text(two) });
        }
    }
    values("", &first.body, &second.body, &mut found);
    found
}

/// The message of a Status, or the whole body
fn message(body: &Value) -> String {
    body["message"].as_str().map_or_else(|| body.to_string(), ToOwned::to_owned)
}

fn values(path: &str, first: &Value, second: &Value, found: &mut Vec<Difference>) {
    match (first, second) {
        (Value::Object(one), Value::Object(two)) => {
            for (key, value) in one {
                let below = format!("{path}.{key}");
                match two.get(key) {
                    Some(other) => values(&below, value, other, found),
                    None => found.push(Difference::new(below, Some(value), None)),
                }
            }
            for (key, value) in two.iter().filter(|(key, _)| !one.contains_key(*key)) {
                found.push(Difference::new(format!("{path}.{key}"), None, Some(value)));
            }
        }
        (Value::Array(one), Value::Array(two)) => {
            for index in 0..one.len().max(two.len()) {
                let below = format!("{path}[{index}]");
                match (one.get(index), two.get(index)) {
                    (Some(value), Some(other)) => values(&below, value, other, found),
                    (value, other) => found.push(Difference::new(below, value, other)),
                }
            }
        }
        _ if first == second => {}
        _ => found.push(Difference::new(path, Some(first), Some(second))),
    }
}

fn short(text: &str) -> String {
    if text.chars().count() <= SHOWN {
        return text.to_owned();
    }
    let start: String = text.chars().take(SHOWN).collect();
    format!("{start}…")
}
