//! Sample objects that the API server accepts: a short one, and one with every field
//!
//! Every field that is required or has a default gets a value; where a rule wants another one too, that one as well. The
//! numbers of the roles are chosen together, so that the usual rule between them (a threshold never above the replicas)
//! holds. Rules in plain CEL are not evaluated here: who has an API server at hand asks it.

mod full;
mod pattern;
mod value;

use healing_model::{Blueprint, Role};
use serde_json::{Map, Value, json};

use self::value::{object, whole as within};
use crate::yaml::YamlError;

/// Replicas of a sample whose schema says nothing else
const REPLICAS: i64 = 5;
/// Health threshold of a sample whose schema says nothing else
const HEALTH_THRESHOLD: i64 = 3;

/// A sample object of a resource, to be applied by hand
pub fn sample(blueprint: &Blueprint, schema: &Value) -> Value {
    let mut sample = head(blueprint, "sample");
    sample["spec"] = Value::Object(spec(blueprint, schema));
    sample
}

/// The same as YAML, with every other field in a comment, and what each field is for
///
/// # Errors
/// [`YamlError`], as [`crate::yaml::document`].
pub fn full_sample(blueprint: &Blueprint, schema: &Value) -> Result<String, YamlError> {
    let spec = spec(blueprint, schema);
    full::text(&head(blueprint, "sample-full"), &schema["properties"]["spec"], &spec)
}

fn head(blueprint: &Blueprint, suffix: &str) -> Value {
    let identity = &blueprint.identity;
    json!({
        "apiVersion": identity.api_version(),
        "kind": identity.kind,
        "metadata": { "name": format!("{}-{suffix}", identity.singular) },
    })
}

fn spec(blueprint: &Blueprint, schema: &Value) -> Map<String, Value> {
    let schema = &schema["properties"]["spec"];
    let mut spec = object(schema);
    for (field, value) in roles(blueprint, schema) {
        spec.insert(field, value);
    }
    let broken = |spec: &Map<String, Value>| {
        // what a pattern in a rule matches is not known here; most rules have none
        blueprint.validate("sample", &Value::Object(spec.clone()), None, &|_, _| Some(true)).len()
    };
    let mut count = broken(&spec);
    for (name, field) in schema["properties"].as_object().into_iter().flatten() {
        if count > 0 && !spec.contains_key(name) {
            spec.insert(name.clone(), value::value(field));
            let now = broken(&spec);
            if now < count {
                count = now;
            } else {
                spec.remove(name);
            }
        }
    }
    spec
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
