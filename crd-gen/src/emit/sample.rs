//! A sample object that the API server accepts
//!
//! Every field that is required or has a default gets a value. The numbers of the roles are chosen together, so that
//! the usual rule between them (a threshold never above the replicas) holds.

use healing_model::{Blueprint, Role};
use serde_json::{Map, Value, json};

/// Replicas of a sample whose schema says nothing else
const REPLICAS: i64 = 5;
/// Health threshold of a sample whose schema says nothing else
const HEALTH_THRESHOLD: i64 = 3;

/// A sample object of a resource, to be applied by hand
pub fn sample(blueprint: &Blueprint, schema: &Value) -> Value {
    let identity = &blueprint.identity;
    let spec_schema = &schema["properties"]["spec"];
    let mut spec = object(spec_schema);
    for (field, value) in roles(blueprint, spec_schema) {
        spec.insert(field, value);
    }
    json!({
        "apiVersion": identity.api_version(),
        "kind": identity.kind,
        "metadata": { "name": format!("{}-sample", identity.singular) },
        "spec": spec,
    })
}

/// The numbers of `replicas` and `health_threshold`, which depend on each other
fn roles(blueprint: &Blueprint, spec_schema: &Value) -> Vec<(String, Value)> {
    let field = |role| {
        let name = &blueprint.role(role)?.field;
        Some((name.clone(), &spec_schema["properties"][name]))
    };
    let threshold = field(Role::HealthThreshold).map(|(name, schema)| {
        let wanted = schema["default"].as_i64().unwrap_or(HEALTH_THRESHOLD);
        (name, within(schema, wanted))
    });
    let least = threshold.as_ref().map_or(0, |(_, number)| *number);
    let replicas = field(Role::Replicas).map(|(name, schema)| {
        let wanted = schema["default"].as_i64().unwrap_or(REPLICAS).max(least);
        (name, within(schema, wanted))
    });
    let most = replicas.as_ref().map_or(i64::MAX, |(_, number)| *number);
    let threshold = threshold.map(|(name, number)| (name, number.min(most)));
    replicas.into_iter().chain(threshold).map(|(name, number)| (name, json!(number))).collect()
}

/// The nearest number that the bounds of the schema allow
fn within(schema: &Value, wanted: i64) -> i64 {
    let low = schema["minimum"].as_i64().unwrap_or(i64::MIN);
    let high = schema["maximum"].as_i64().unwrap_or(i64::MAX);
    wanted.min(high).max(low)
}

/// The fields of an object that are required or have a default
fn object(schema: &Value) -> Map<String, Value> {
    let required = |name: &str| {
        schema["required"].as_array().is_some_and(|names| names.iter().any(|one| one.as_str() == Some(name)))
    };
    let fields = schema["properties"].as_object().into_iter().flatten();
    fields
        .filter(|(name, field)| required(name) || field.get("default").is_some())
        .map(|(name, field)| (name.clone(), value(field)))
        .collect()
}

fn value(schema: &Value) -> Value {
    if let Some(default) = schema.get("default") {
        return default.clone();
    }
    if let Some(first) = schema["enum"].get(0) {
        return first.clone();
    }
    match schema["type"].as_str() {
        Some("boolean") => json!(false),
        Some("integer") => json!(within(schema, 1)),
        Some("number") => schema.get("minimum").cloned().unwrap_or(json!(1)),
        Some("array") => {
            let length = schema["minItems"].as_u64().unwrap_or(0);
            (0..length).map(|_| value(&schema["items"])).collect()
        }
        Some("string") => json!(text(schema)),
        // an object, or anything at all
        _ => Value::Object(object(schema)),
    }
}

fn text(schema: &Value) -> &'static str {
    match schema["format"].as_str() {
        Some("date-time") => "2030-01-01T00:00:00Z",
        Some("date") => "2030-01-01",
        Some("duration") => "1m",
        _ => "example",
    }
}
