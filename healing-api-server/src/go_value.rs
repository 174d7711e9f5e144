//! Values as Go prints them, for messages that contain them
//!
//! It owns `%v` and `%#v` of decoded JSON, and the names of its forms. Which value a message shows is its maker's business.

use serde_json::{Map, Value};

/// The form of a value, as messages about decoding name it
pub(crate) fn word(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// A value as `%v`: `map[a:1 b:[x y]]`
pub(crate) fn plain(value: &Value) -> String {
    match value {
        Value::Null => "<nil>".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(list) => format!("[{}]", joined(list.iter().map(plain), " ")),
        Value::Object(map) => plain_map(map),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}

/// An object as `%v`
pub(crate) fn plain_map(map: &Map<String, Value>) -> String {
    format!("map[{}]", joined(map.iter().map(|(name, value)| format!("{name}:{}", plain(value))), " "))
}

/// A value as `%#v`: `map[string]interface {}{"a":1}`
pub(crate) fn typed(value: &Value) -> String {
    match value {
        Value::Null => "interface {}(nil)".to_owned(),
        Value::Array(list) => format!("[]interface {{}}{{{}}}", joined(list.iter().map(typed), ", ")),
        Value::Object(map) => {
            let fields = map.iter().map(|(name, value)| format!("{name:?}:{}", typed(value)));
            format!("map[string]interface {{}}{{{}}}", joined(fields, ", "))
        }
        Value::String(_) | Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}

/// The type of a value as `%T`
pub(crate) fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "<nil>",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_f64() => "float64",
        Value::Number(_) => "int64",
        Value::String(_) => "string",
        Value::Array(_) => "[]interface {}",
        Value::Object(_) => "map[string]interface {}",
    }
}

/// JSON as Go writes it, safe inside HTML
pub(crate) fn escaped(json: &str) -> String {
    json.replace('&', "\\u0026").replace('<', "\\u003c").replace('>', "\\u003e")
}

fn joined(parts: impl Iterator<Item = String>, separator: &str) -> String {
    parts.collect::<Vec<_>>().join(separator)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_look_as_in_go() {
        let value = json!({ "b": [1, "x", null], "a": { "c": true, "d": 1.5 } });
        assert_eq!(plain(&value), "map[a:map[c:true d:1.5] b:[1 x <nil>]]");
        assert_eq!(
            typed(&value),
            r#"map[string]interface {}{"a":map[string]interface {}{"c":true, "d":1.5}, "b":[]interface {}{1, "x", interface {}(nil)}}"#
        );
        assert_eq!(type_of(&json!(1)), "int64");
    }
}
