//! The conversions of CEL: `int`, `uint`, `double`, `string`, `bytes`, `bool`, `duration`, `timestamp`, `type`
//!
//! It owns what each can be made from, and how values are written as text.

use std::sync::Arc;

use super::moment::{Moment, NANOS, parse_span};
use super::operator::{int, near, near_unsigned, whole};
use super::value::{Fault, Outcome, Val};

/// The value as another type; none if the name is that of no conversion
pub(super) fn convert<'a>(function: &str, value: &Val<'a>) -> Option<Outcome<'a>> {
    Some(match function {
        "int" => to_int(value),
        "uint" => to_uint(value),
        "double" => to_double(value),
        "string" => to_string(value),
        "bytes" => match value {
            Val::Bytes(_) => Ok(value.clone()),
            Val::Text(text) => Ok(Val::Bytes(Arc::from(text.as_bytes()))),
            _ => Err(Fault::NoOverload),
        },
        "bool" => match value {
            Val::Bool(_) => Ok(value.clone()),
            Val::Text(text) => match &**text {
                "1" | "t" | "T" | "TRUE" | "true" | "True" => Ok(Val::Bool(true)),
                "0" | "f" | "F" | "FALSE" | "false" | "False" => Ok(Val::Bool(false)),
                _ => bad("string", "bool"),
            },
            _ => Err(Fault::NoOverload),
        },
        "duration" => match value {
            Val::Span(_) => Ok(value.clone()),
            Val::Text(text) => {
                parse_span(text, false).map_or_else(|| bad("string", "duration"), |span| Ok(Val::Span(span)))
            }
            _ => Err(Fault::NoOverload),
        },
        "timestamp" => match value {
            Val::Moment(_) => Ok(value.clone()),
            Val::Int(secs) => Moment::new(*secs, 0)
                .map_or_else(|| Fault::failed("timestamp overflow"), |at| Ok(Val::Moment(at))),
            Val::Text(text) => Moment::parse(text, false)
                .map_or_else(|| bad("string", "timestamp"), |at| Ok(Val::Moment(at))),
            _ => Err(Fault::NoOverload),
        },
        "dyn" => Ok(value.clone()),
        "type" => Ok(Val::Type(Arc::from(&*value.type_name()))),
        _ => return None,
    })
}

fn bad<'a>(from: &str, to: &str) -> Outcome<'a> {
    let named = |name: &str| match name {
        "duration" => "google.protobuf.Duration".to_owned(),
        "timestamp" => "google.protobuf.Timestamp".to_owned(),
        name => name.to_owned(),
    };
    Fault::failed(format!("type conversion error from '{}' to '{}'", named(from), named(to)))
}

fn to_int<'a>(value: &Val<'a>) -> Outcome<'a> {
    match value {
        Val::Int(_) => Ok(value.clone()),
        Val::Uint(value) => int(i64::try_from(*value).ok()),
        Val::Double(value) => int(whole(value.trunc()).filter(|_| value.abs() < 9.223_372_036_854_775e18)),
        Val::Text(text) => go_int(text).map_or_else(|| bad("string", "int"), |value| Ok(Val::Int(value))),
        Val::Moment(at) => Ok(Val::Int(at.secs)),
        Val::Span(span) => Ok(Val::Int(*span)),
        _ => Err(Fault::NoOverload),
    }
}

fn go_int(text: &str) -> Option<i64> {
    text.parse().ok()
}

fn to_uint<'a>(value: &Val<'a>) -> Outcome<'a> {
    let made = match value {
        Val::Uint(_) => return Ok(value.clone()),
        Val::Int(value) => u64::try_from(*value).ok(),
        Val::Double(value) if *value >= 0.0 && *value < 18_446_744_073_709_551_615.0 =>
        {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "CEL cuts, and the range was just checked"
            )]
            Some(*value as u64)
        }
        Val::Double(_) => None,
        Val::Text(text) => {
            let digits = text.bytes().all(|b| b.is_ascii_digit());
            return text
                .parse()
                .ok()
                .filter(|_| digits)
                .map_or_else(|| bad("string", "uint"), |value| Ok(Val::Uint(value)));
        }
        _ => return Err(Fault::NoOverload),
    };
    made.map_or_else(|| Fault::failed("unsigned integer overflow"), |value| Ok(Val::Uint(value)))
}

fn to_double<'a>(value: &Val<'a>) -> Outcome<'a> {
    Ok(Val::Double(match value {
        Val::Double(value) => *value,
        Val::Int(value) => near(*value),
        Val::Uint(value) => near_unsigned(*value),
        Val::Text(text) => {
            return text.parse().map_or_else(|_| bad("string", "double"), |value| Ok(Val::Double(value)));
        }
        _ => return Err(Fault::NoOverload),
    }))
}

fn to_string<'a>(value: &Val<'a>) -> Outcome<'a> {
    Ok(match value {
        Val::Text(_) => value.clone(),
        Val::Bool(value) => Val::text(value.to_string()),
        Val::Int(value) => Val::text(value.to_string()),
        Val::Uint(value) => Val::text(value.to_string()),
        Val::Double(value) => Val::text(double_text(*value)),
        Val::Bytes(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => Val::text(text),
            Err(_) => return Fault::failed("invalid UTF-8 in bytes, cannot convert to string"),
        },
        Val::Moment(at) => Val::text(at.to_string()),
        Val::Span(span) => Val::text(span_text(*span)),
        Val::Foreign(_) => return super::foreign::stringify(value),
        _ => return Err(Fault::NoOverload),
    })
}

/// As Go's shortest form: `1`, `1.5`, `1e+06`
pub(super) fn double_text(value: f64) -> String {
    if value.is_nan() {
        return "NaN".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "+Inf" } else { "-Inf" }.to_owned();
    }
    crate::go_text::float(value)
}

/// `1.5s`
pub(super) fn span_text(nanos: i64) -> String {
    let sign = if nanos < 0 { "-" } else { "" };
    let nanos = nanos.unsigned_abs();
    let (secs, rest) = (nanos / NANOS.unsigned_abs(), nanos % NANOS.unsigned_abs());
    if rest == 0 {
        return format!("{sign}{secs}s");
    }
    format!("{sign}{secs}.{}s", format!("{rest:09}").trim_end_matches('0'))
}
