//! A value that a schema allows
//!
//! Rules in CEL are not its business: it sees one value at a time.

use serde_json::{Map, Value, json};

use super::pattern;

/// Items that a list gets at most, and levels of nesting: what asks for more gets less than it needs
const ITEMS_MAX: u64 = 100;

/// The declared default, example or first of the allowed values, else something simple
pub(super) fn value(schema: &Value) -> Value {
    let declared = [&schema["default"], &schema["example"], &schema["enum"][0]];
    if let Some(declared) = declared.into_iter().find(|one| !one.is_null()) {
        return declared.clone();
    }
    if schema["x-kubernetes-int-or-string"] == true {
        return json!(whole(schema, 1));
    }
    match schema["type"].as_str() {
        Some("boolean") => json!(false),
        Some("integer") => json!(whole(schema, 1)),
        Some("number") => fraction(schema),
        Some("array") => {
            let length = schema["minItems"].as_u64().unwrap_or(0).min(ITEMS_MAX);
            (0..length).map(|index| item(schema, index)).collect()
        }
        Some("string") => json!(text(schema)),
        _ if schema["x-kubernetes-embedded-resource"] == true => {
            json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": "example" } })
        }
        // an object, or anything at all
        _ => Value::Object(object(schema)),
    }
}

/// The fields of an object that are required or have a default
pub(super) fn object(schema: &Value) -> Map<String, Value> {
    let mut object = Map::new();
    let fields = schema["properties"].as_object().into_iter().flatten();
    let required = required(schema);
    for (name, field) in fields.clone() {
        if required.contains(&name.as_str()) || field.get("default").is_some() {
            object.insert(name.clone(), value(field));
        }
    }
    let least = schema["minProperties"].as_u64().unwrap_or(0).min(ITEMS_MAX);
    let more = fields.filter(|(name, _)| !object.contains_key(name.as_str()));
    let more: Vec<_> = more.map(|(name, field)| (name.clone(), value(field))).collect();
    let missing = usize::try_from(least).unwrap_or(0).saturating_sub(object.len());
    object.extend(more.into_iter().take(missing));
    let entry = &schema["additionalProperties"];
    for number in 0..least {
        if entry.is_object() && (object.len() as u64) < least {
            let suffix = if number == 0 { String::new() } else { number.to_string() };
            object.insert(format!("example{suffix}"), value(entry));
        }
    }
    object
}

/// Names of fields that have to be there, by the first of alternatives
pub(super) fn required(schema: &Value) -> Vec<&str> {
    let names = |schema: &'_ Value| -> Vec<String> {
        schema["required"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect()
    };
    let branches = ["oneOf", "anyOf"].map(|key| &schema[key][0]);
    let all = schema["allOf"].as_array().into_iter().flatten();
    let wanted: Vec<String> = [schema].into_iter().chain(branches).chain(all).flat_map(names).collect();
    let fields = schema["properties"].as_object().into_iter().flatten();
    fields.map(|(name, _)| name.as_str()).filter(|name| wanted.iter().any(|one| one == name)).collect()
}

/// One item of a list, another for each index where a list may not have the same twice
fn item(list: &Value, index: u64) -> Value {
    let schema = &list["items"];
    let mut made = value(schema);
    if index == 0 {
        return made;
    }
    match list["x-kubernetes-list-type"].as_str() {
        Some("set") => other(schema, made, index),
        Some("map") => {
            let mut keys = list["x-kubernetes-list-map-keys"].as_array().into_iter().flatten();
            if let Some(key) = keys.find_map(Value::as_str) {
                made[key] = other(&schema["properties"][key], made[key].clone(), index);
            }
            made
        }
        _ => made,
    }
}

/// Another value than the first, by its index
fn other(schema: &Value, first: Value, index: u64) -> Value {
    let at = usize::try_from(index).unwrap_or(0);
    match (&schema["enum"][at], &first) {
        (listed, _) if !listed.is_null() => listed.clone(),
        (_, Value::Number(number)) => json!(number.as_i64().unwrap_or(0).saturating_add_unsigned(index)),
        (_, Value::String(text)) => json!(format!("{text}{index}")),
        _ => first,
    }
}

/// The nearest whole number that the bounds of the schema allow
pub(super) fn whole(schema: &Value, wanted: i64) -> i64 {
    let bound = |name: &str| schema[name].as_i64().or_else(|| schema[name].as_f64().map(towards_zero));
    let step = schema["multipleOf"].as_i64().unwrap_or(1).max(1);
    let beyond = |name: &str| i64::from(schema[name] == true);
    let low = bound("minimum").map_or(i64::MIN, |low| low.saturating_add(beyond("exclusiveMinimum")));
    let high = bound("maximum").map_or(i64::MAX, |high| high.saturating_sub(beyond("exclusiveMaximum")));
    let within = wanted.min(high).max(low);
    let up = within.saturating_add((step - within.rem_euclid(step)) % step);
    if up <= high { up } else { within - within.rem_euclid(step) }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "a bound with a fraction of a whole number is a mistake anyway"
)]
fn towards_zero(number: f64) -> i64 {
    number as i64
}

fn fraction(schema: &Value) -> Value {
    let low = schema["minimum"].as_f64().unwrap_or(f64::NEG_INFINITY);
    let high = schema["maximum"].as_f64().unwrap_or(f64::INFINITY);
    let is_open = schema["exclusiveMinimum"] == true || schema["exclusiveMaximum"] == true;
    match (low.is_finite(), high.is_finite()) {
        (true, true) if is_open => json!(f64::midpoint(low, high)),
        (true, false) if is_open => json!(low + 1.0),
        (false, true) if is_open => json!(high - 1.0),
        (true, _) => schema["minimum"].clone(),
        (false, _) => json!(1.0_f64.min(high)),
    }
}

fn text(schema: &Value) -> String {
    let length = |name: &str| schema[name].as_u64().and_then(|length| usize::try_from(length).ok());
    let (least, most) = (length("minLength").unwrap_or(0), length("maxLength").unwrap_or(usize::MAX));
    if let Some(made) = schema["pattern"].as_str().and_then(|pattern| pattern::text(pattern, (least, most))) {
        return made;
    }
    let simple = match schema["format"].as_str() {
        Some("date-time") => "2030-01-01T00:00:00Z",
        Some("date") => "2030-01-01",
        Some("duration") => "1m",
        Some("uuid" | "uuid4") => "b9c1ba48-1a3c-4f0f-9d5a-6a4b6b9d3c10",
        Some("ipv4" | "ip") => "192.0.2.1",
        Some("ipv6") => "2001:db8::1",
        Some("cidr") => "192.0.2.0/24",
        Some("email") => "a@example.com",
        Some("hostname") => "example.com",
        Some("uri") => "https://example.com",
        Some("byte") => "ZXhhbXBsZQ==",
        Some("mac") => "00:00:5e:00:53:01",
        _ => "example",
    };
    let text: String = simple.chars().take(most).collect();
    let missing = least.saturating_sub(text.chars().count()).min(4096);
    text + &"e".repeat(missing)
}
