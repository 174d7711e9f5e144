//! What cells of several kinds are made of: ages, selectors, names of containers
//!
//! It owns texts for people. Which column shows what is the kinds' business.

use jiff::Timestamp;
use serde_json::Value;

use super::duration;

pub(super) const NONE: &str = "<none>";
pub(super) const UNKNOWN: &str = "<unknown>";

/// A text of an object; empty if there is none
pub(super) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// A text, or another one if it is empty
pub(super) fn or<'a>(value: &'a Value, other: &'a str) -> &'a str {
    Some(text(value)).filter(|text| !text.is_empty()).unwrap_or(other)
}

/// A whole number; 0 if there is none
pub(super) fn number(value: &Value) -> i64 {
    value.as_i64().unwrap_or(0)
}

/// The elements of a list; none if there is no list
pub(super) fn each(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// The time since a moment in an object
pub(super) fn since(value: &Value, now: Timestamp) -> String {
    text(value).parse().map_or_else(|_| UNKNOWN.to_owned(), |time: Timestamp| duration(time, now))
}

/// Something that is a number or a text
pub(super) fn int_or_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// Names and images of the containers of a pod template
pub(super) fn containers(object: &Value) -> [Value; 2] {
    let containers = &object["spec"]["template"]["spec"]["containers"];
    ["name", "image"].map(|field| {
        let texts: Vec<&str> = each(containers).map(|container| text(&container[field])).collect();
        texts.join(",").into()
    })
}

/// Labels as `a=b,c=d`
pub(super) fn labels(labels: &Value) -> String {
    let pairs = labels.as_object().into_iter().flatten();
    let pairs: Vec<String> = pairs.map(|(key, value)| format!("{key}={}", text(value))).collect();
    if pairs.is_empty() { NONE.to_owned() } else { pairs.join(",") }
}

/// A label selector as people write it: `a=b,c in (d,e),!f`; empty for the one that selects everything
pub(super) fn selector(selector: &Value) -> String {
    let labels = selector["matchLabels"].as_object().into_iter().flatten();
    let mut parts: Vec<(&str, String)> =
        labels.map(|(key, value)| (key.as_str(), format!("{key}={}", text(value)))).collect();
    for requirement in each(&selector["matchExpressions"]) {
        let key = text(&requirement["key"]);
        let mut values: Vec<&str> = each(&requirement["values"]).map(text).collect();
        values.sort_unstable();
        let values = values.join(",");
        let written = match text(&requirement["operator"]) {
            "In" => format!("{key} in ({values})"),
            "NotIn" => format!("{key} notin ({values})"),
            "Exists" => key.to_owned(),
            _ => format!("!{key}"),
        };
        parts.push((key, written));
    }
    parts.sort_by_key(|(key, _)| *key);
    parts.into_iter().map(|(_, part)| part).collect::<Vec<_>>().join(",")
}
