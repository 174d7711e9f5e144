//! The places of a schema, each with its path, and what a path means for an object

use serde_json::Value;

/// One place in a schema
#[derive(Clone, Debug)]
pub(super) struct Spot<'v> {
    /// The place in the definition, as an API server writes it
    pub(super) path: String,
    /// Its schema
    pub(super) schema: &'v Value,
    /// Its name, where it is a field of an object
    pub(super) name: Option<&'v str>,
    /// What it is in, from the outermost
    pub(super) above: Vec<Above<'v>>,
}

/// A place that another one is in
#[derive(Clone, Debug)]
pub(super) struct Above<'v> {
    pub(super) path: String,
    pub(super) schema: &'v Value,
}

/// All places of a schema, each before what is in it
pub(super) fn all<'v>(path: &str, schema: &'v Value) -> Vec<Spot<'v>> {
    let mut spots = Vec::new();
    walk(Spot { path: path.to_owned(), schema, name: None, above: Vec::new() }, &mut spots);
    spots
}

fn walk<'v>(spot: Spot<'v>, spots: &mut Vec<Spot<'v>>) {
    let schema = spot.schema;
    let mut above = spot.above.clone();
    above.push(Above { path: spot.path.clone(), schema });
    let path = spot.path.clone();
    spots.push(spot);
    let below = |path: String, schema, name| Spot { path, schema, name, above: above.clone() };
    for (name, field) in schema["properties"].as_object().into_iter().flatten() {
        walk(below(format!("{path}.properties[{name}]"), field, Some(name.as_str())), spots);
    }
    for key in ["items", "additionalProperties"] {
        if schema[key].is_object() {
            walk(below(format!("{path}.{key}"), &schema[key], None), spots);
        }
    }
}

/// The field in an object that a place in a schema is about, such as `spec.ports[].name`; empty for other places
pub(super) fn field_of(path: &str) -> String {
    let mut field = String::new();
    let Some((_, mut rest)) = path.split_once("openAPIV3Schema") else { return field };
    loop {
        if let Some((name, after)) = rest.strip_prefix(".properties[").and_then(|rest| rest.split_once(']')) {
            if !field.is_empty() {
                field.push('.');
            }
            field.push_str(name);
            rest = after;
        } else if let Some(after) = rest.strip_prefix(".items") {
            field.push_str("[]");
            rest = after;
        } else if let Some(after) = rest.strip_prefix(".additionalProperties") {
            field.push_str("{}");
            rest = after;
        } else {
            return field;
        }
    }
}

// === impl Spot ===

impl Spot<'_> {
    /// Type of the values here
    pub(super) fn kind(&self) -> &str {
        self.schema["type"].as_str().unwrap_or_default()
    }

    /// The keyword that would limit how much is here, where it is missing
    pub(super) fn missing_bound(&self) -> Option<&'static str> {
        missing_bound(self.schema)
    }
}

/// The keyword that would limit how much a place holds, where it is missing
pub(super) fn missing_bound(schema: &Value) -> Option<&'static str> {
    let key = match schema["type"].as_str() {
        Some("array") => "maxItems",
        Some("object") if schema["additionalProperties"].is_object() => "maxProperties",
        Some("object") if schema["additionalProperties"] == true => "maxProperties",
        // texts of these formats and enums have a length of their own
        Some("string") if schema["enum"].is_null() && !is_short(&schema["format"]) => "maxLength",
        _ => return None,
    };
    schema[key].is_null().then_some(key)
}

fn is_short(format: &Value) -> bool {
    matches!(format.as_str(), Some("date" | "date-time" | "duration"))
}
