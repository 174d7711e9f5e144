//! Whether a value has its type
//!
//! It owns what counts as a type, with the API server's leniency: a whole number may be written with a fraction, and
//! a list passes for a text that has a format.

use serde_json::Value;

use super::Place;
use super::number;
use super::outcome::{Outcome, in_body};
use crate::field_error::{FieldError, Reason};
use crate::go_text;
use crate::schema::{Schema, Type};

/// The types that a schema allows
pub(super) fn allowed(schema: &Schema) -> &'static [&'static str] {
    match schema.kind {
        Type::Any => &[],
        Type::Object => &["object"],
        Type::Array => &["array"],
        Type::String => &["string"],
        Type::Integer => &["integer"],
        Type::Number => &["number"],
        Type::Boolean => &["boolean"],
        Type::IntOrString => &["integer", "string"],
    }
}

pub(super) fn applies(schema: &Schema) -> bool {
    schema.kind != Type::Any || !schema.compiled.checks().format.is_empty()
}

pub(super) fn check(place: &Place<'_>) -> Outcome {
    let types = allowed(place.schema);
    let format = place.schema.compiled.checks().format.as_str();
    let (name, number_format) = match place.value {
        Value::Null if types.is_empty() || place.schema.nullable => return passed(),
        Value::Null => return wrong(place, &types.join(","), "null"),
        Value::Bool(_) => ("boolean", ""),
        Value::String(_) => ("string", ""),
        Value::Number(number) if number.is_i64() => ("integer", "int64"),
        Value::Number(_) => ("number", "float64"),
        Value::Array(_) => ("array", ""),
        Value::Object(_) => ("object", ""),
    };
    let whole =
        name == "number" && types.contains(&"integer") && place.value.as_f64().is_some_and(number::is_whole);
    let fits = types.contains(&name) || whole || (name == "integer" && types.contains(&"number"));
    let is_text_or_list = ["string", "array"].contains(&name);
    if !is_text_or_list && !format.is_empty() && !fits && format != number_format {
        return wrong(place, format, number_format);
    }
    let of_numbers = types.contains(&"number") || types.contains(&"integer");
    let passes_for_text = !of_numbers && !format.is_empty() && is_text_or_list;
    if fits || passes_for_text { passed() } else { wrong(place, &types.join(","), name) }
}

fn passed() -> Outcome {
    Outcome { errors: Vec::new(), count: 1 }
}

fn wrong(place: &Place<'_>, wanted: &str, found: &str) -> Outcome {
    let said = format!("must be of type {wanted}: {}", go_text::quote(found));
    Outcome::of(FieldError::of_value(
        Reason::TypeInvalid,
        place.path.to_string(),
        &found.into(),
        in_body(&place.path, &said),
    ))
}
