//! Values as Go prints them: the API server's messages contain them
//!
//! It owns the texts of values. Which value a message shows is its maker's business.

use std::fmt::Write as _;

use serde_json::Value;

/// The first power of ten that is written with an exponent, and every greater one
const DIGITS_MAX: i32 = 6;

/// A value in a field error: simple ones as `%v` or `%q`, others as JSON
pub(crate) fn of(value: &Value) -> String {
    match value {
        Value::String(text) => quote(text),
        Value::Number(number) => match number.as_i64() {
            Some(whole) => whole.to_string(),
            None => float(number.as_f64().unwrap_or_default()),
        },
        Value::Bool(flag) => flag.to_string(),
        Value::Null | Value::Array(_) | Value::Object(_) => json(value),
    }
}

/// A text in quotes, as `%q`
pub(crate) fn quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{b}' => out.push_str("\\v"),
            _ if c.is_ascii_control() => drop(write!(out, "\\x{:02x}", c as u32)),
            // separators and marks that cannot be seen
            _ if is_unprintable(c) => drop(match c as u32 {
                code @ ..=0xffff => write!(out, "\\u{code:04x}"),
                code => write!(out, "\\U{code:08x}"),
            }),
            _ => out.push(c),
        }
    }
    out.push('"');
    out
}

fn is_unprintable(c: char) -> bool {
    c.is_control()
        || (c.is_whitespace() && c != ' ')
        || matches!(c as u32, 0xad | 0x200b..=0x200f | 0x202a..=0x202e | 0x2060..=0x206f | 0xfeff | 0xe000..=0xf8ff)
}

/// A number as `%v`, with an exponent when it is long
pub(crate) fn float(number: f64) -> String {
    let scientific = format!("{number:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    if number != 0.0 && !(-4..DIGITS_MAX).contains(&exponent) {
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{mantissa}e{sign}{:02}", exponent.abs());
    }
    format!("{number}")
}

/// A value as Go writes JSON: names in order, and what HTML could take for its own escaped
pub(crate) fn json(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(flag) => flag.to_string(),
        Value::Number(number) => match number.as_i64() {
            Some(whole) => whole.to_string(),
            None => json_float(number.as_f64().unwrap_or_default()),
        },
        Value::String(text) => json_text(text),
        Value::Array(list) => {
            format!("[{}]", list.iter().map(json).collect::<Vec<_>>().join(","))
        }
        Value::Object(map) => {
            let mut fields: Vec<_> = map.iter().collect();
            fields.sort_unstable_by_key(|(name, _)| *name);
            let fields = fields.into_iter().map(|(name, v)| format!("{}:{}", json_text(name), json(v)));
            format!("{{{}}}", fields.collect::<Vec<_>>().join(","))
        }
    }
}

fn json_float(number: f64) -> String {
    let small = number != 0.0 && number.abs() < 1e-6;
    if !small && number.abs() < 1e21 {
        return format!("{number}");
    }
    let scientific = format!("{number:e}");
    match scientific.split_once('e') {
        Some((mantissa, exponent)) if !exponent.starts_with('-') => {
            format!("{mantissa}e+{exponent}")
        }
        _ => scientific,
    }
}

fn json_text(text: &str) -> String {
    let written = Value::from(text).to_string();
    let mut out = String::with_capacity(written.len());
    for c in written.chars() {
        match c {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => drop(write!(out, "\\u{:04x}", c as u32)),
            _ => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::of;

    #[test]
    fn values_are_printed_as_go_prints_them() {
        for (value, text) in [
            (json!("a\"b\u{7}\u{1}é\u{a0}"), r#""a\"b\a\x01é\u00a0""#),
            (json!(5), "5"),
            (json!(2.0), "2"),
            (json!(0.1), "0.1"),
            (json!(1e21), "1e+21"),
            (json!(1e-5), "1e-05"),
            (json!(123_456_789.5), "1.234567895e+08"),
            (json!(null), "null"),
            (json!({"b": ["<"], "a": 1.5}), r#"{"a":1.5,"b":["\u003c"]}"#),
        ] {
            assert_eq!(of(&value), text);
        }
    }
}
