//! What `/scale` asks of an object besides its schema: counts that are counts, a selector that is a text
//!
//! It owns the words of these errors, in which values stand as Go prints them.

use serde_json::Value;
use structural_schema::FieldError;

use super::invalid;
use crate::kind::Custom;

/// What is wrong; a write of the status alone asks for the status alone
pub(in crate::custom) fn validate(custom: &Custom, object: &Value, status_only: bool) -> Vec<FieldError> {
    let path = |field: &str| custom.scale[field].as_str().filter(|path| !path.is_empty());
    let spec = path("specReplicasPath").filter(|_| !status_only);
    let counts = spec.into_iter().chain(path("statusReplicasPath"));
    let mut errors: Vec<_> = counts.filter_map(|path| count(path, object)).collect();
    errors.extend(path("labelSelectorPath").and_then(|path| selector(path, object)));
    errors
}

fn count(path: &str, object: &Value) -> Option<FieldError> {
    let value = match find(path, object) {
        Ok(value) => value?,
        Err(detail) => return Some(invalid(path, &0.into(), &detail)),
    };
    match value.as_i64() {
        None => Some(invalid(path, &0.into(), &mismatch(path, value, "int64"))),
        Some(..0) => Some(invalid(path, value, "should be a non-negative integer")),
        Some(count) if count > i64::from(i32::MAX) => {
            let detail = format!("should be less than or equal to {}", i32::MAX);
            Some(invalid(path, value, &detail))
        }
        Some(_) => None,
    }
}

fn selector(path: &str, object: &Value) -> Option<FieldError> {
    let wrong = match find(path, object) {
        Ok(value) => {
            let value = value.filter(|value| !value.is_string())?;
            mismatch(path, value, "string")
        }
        Err(detail) => detail,
    };
    Some(invalid(path, &"".into(), &wrong))
}

/// The value at a path, if there is one; an error if something on the way is no object
fn find<'a>(path: &str, object: &'a Value) -> Result<Option<&'a Value>, String> {
    let mut at = object;
    let mut so_far = String::new();
    for name in path.trim_start_matches('.').split('.') {
        so_far.push('.');
        so_far.push_str(name);
        match at {
            Value::Null => return Ok(None),
            Value::Object(fields) => match fields.get(name) {
                Some(value) => at = value,
                None => return Ok(None),
            },
            other => return Err(mismatch(&so_far, other, "map[string]interface{}")),
        }
    }
    Ok(Some(at))
}

fn mismatch(path: &str, value: &Value, wanted: &str) -> String {
    let kind = match value {
        Value::Null => "<nil>",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_i64() => "int64",
        Value::Number(_) => "float64",
        Value::String(_) => "string",
        Value::Array(_) => "[]interface {}",
        Value::Object(_) => "map[string]interface {}",
    };
    format!("{path} accessor error: {} is of the type {kind}, expected {wanted}", shown(value))
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => "<nil>".to_owned(),
        Value::Bool(flag) => flag.to_string(),
        Value::Number(number) => match number.as_i64() {
            Some(whole) => whole.to_string(),
            None => number.as_f64().unwrap_or_default().to_string(),
        },
        Value::String(text) => text.clone(),
        Value::Array(list) => {
            format!("[{}]", list.iter().map(shown).collect::<Vec<_>>().join(" "))
        }
        Value::Object(map) => {
            let fields = map.iter().map(|(name, value)| format!("{name}:{}", shown(value)));
            format!("map[{}]", fields.collect::<Vec<_>>().join(" "))
        }
    }
}
