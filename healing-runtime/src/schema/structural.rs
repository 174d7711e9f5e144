//! The last transforms of a schema: what the API server warns about or reads differently than we do
//!
//! A schema is walked as one: a property that is called `format` is a property.

use healing_model::TEXT_FORMATS;
use serde_json::{Map, Value};

use super::declared;

/// Formats of numbers that the API server knows; it warns about any other and ignores it
const NUMBER_FORMATS: &[&str] = &["double", "float", "int32", "int64"];

/// Finishes a schema and everything in it
pub(super) fn finish(schema: &mut Value) {
    let Value::Object(schema) = schema else { return };
    not_nullable(schema);
    known_format(schema);
    declared::apply(schema);
    whole_numbers(schema);
    for keyword in ["items", "additionalProperties", "not"] {
        schema.get_mut(keyword).into_iter().for_each(finish);
    }
    for keyword in ["allOf", "anyOf", "oneOf"] {
        schema.get_mut(keyword).and_then(Value::as_array_mut).into_iter().flatten().for_each(finish);
    }
    let properties = schema.get_mut("properties").and_then(Value::as_object_mut);
    properties.into_iter().flat_map(Map::values_mut).for_each(finish);
}

/// An absent value is absent: the API server then drops a written null, and a default applies to it.
fn not_nullable(schema: &mut Map<String, Value>) {
    if schema.remove("nullable").is_none() {
        return;
    }
    if let Some(Value::Array(values)) = schema.get_mut("enum") {
        values.retain(|value| !value.is_null());
    }
    if schema.get("default").is_some_and(Value::is_null) {
        schema.remove("default");
    }
}

/// Unsigned and narrow numbers have bounds; their format is one that holds them, or none.
fn known_format(schema: &mut Map<String, Value>) {
    let replacement = match schema.get("format").and_then(Value::as_str) {
        None => return,
        Some(known) if NUMBER_FORMATS.contains(&known) || TEXT_FORMATS.contains(&known) => return,
        Some("int8" | "int16" | "uint8" | "uint16") => Some("int32"),
        Some("uint" | "uint32" | "uint64" | "int") => Some("int64"),
        Some(_) => None,
    };
    match replacement {
        Some(format) => schema.insert("format".to_owned(), format.into()),
        None => schema.remove("format"),
    };
}

/// A bound that is a whole number is written as one: 1, not 1.0.
fn whole_numbers(schema: &mut Map<String, Value>) {
    for keyword in ["minimum", "maximum", "multipleOf"] {
        let Some(value) = schema.get_mut(keyword) else { continue };
        let Some(number) = value.as_f64().filter(|number| value.is_f64() && number.fract() == 0.0) else {
            continue;
        };
        // Read from its text: a conversion from floating point would saturate in silence.
        if let Ok(whole) = format!("{number:.0}").parse::<i64>() {
            *value = whole.into();
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn finished(mut schema: Value) -> Value {
        finish(&mut schema);
        schema
    }

    #[test]
    fn schemas_lose_what_the_api_server_does_not_know() {
        let table = [
            (
                json!({"type": "integer", "format": "uint32", "minimum": 0.0}),
                json!({"type": "integer", "format": "int64", "minimum": 0}),
            ),
            (
                json!({"type": "integer", "format": "uint8", "maximum": 255}),
                json!({"type": "integer", "format": "int32", "maximum": 255}),
            ),
            (json!({"type": "string", "format": "ip"}), json!({"type": "string"})),
            (json!({"type": "number", "minimum": 0.5}), json!({"type": "number", "minimum": 0.5})),
            (
                json!({"type": "string", "nullable": true, "enum": ["a", null], "default": null}),
                json!({"type": "string", "enum": ["a"]}),
            ),
        ];
        for (schema, expected) in table {
            assert_eq!(finished(schema.clone()), expected);
            let nested = |inner: Value| json!({"items": {"properties": {"x": inner}}});
            assert_eq!(finished(nested(schema)), nested(expected));
        }
    }

    #[test]
    fn properties_are_not_taken_for_keywords() {
        let schema = json!({"properties": {"format": {"type": "string"}, "nullable": {"type": "boolean"}}});
        assert_eq!(finished(schema.clone()), schema);
    }
}
