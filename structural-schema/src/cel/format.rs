//! `format`: values put into a text
//!
//! It owns the clauses and their words of complaint. It writes numbers as the server does, which is in the manner of
//! American English: with commas between thousands, and powers of ten in small raised digits.

use super::convert::{double_text, span_text};
use super::value::{Fault, List, Map, Val};

/// How many digits after the point a clause may ask for; the server has no limit but that of its memory
const PRECISION_MAX: usize = 1000;
/// What a clause asks for that says nothing
const PRECISION: usize = 6;

/// What may stand behind `%`
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Clause {
    Text,
    Decimal,
    Fixed(usize),
    Scientific(usize),
    Binary,
    Octal,
    Hex { upper: bool },
}

/// Part of a format
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Part {
    Literal(String),
    Clause(Clause),
}

type Made = Result<String, String>;

/// The parts of a format; none after the last good one, and what is wrong with it
pub(super) fn parts(format: &str) -> (Vec<Part>, Option<String>) {
    let mut parts = Vec::new();
    let mut literal = String::new();
    let mut chars = format.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '%' {
            literal.push(c);
            continue;
        }
        if chars.next_if_eq(&'%').is_some() {
            literal.push('%');
            continue;
        }
        parts.push(Part::Literal(std::mem::take(&mut literal)));
        match clause(&mut chars) {
            Ok(clause) => parts.push(Part::Clause(clause)),
            Err(wrong) => return (parts, Some(wrong)),
        }
    }
    parts.push(Part::Literal(literal));
    (parts, None)
}

fn clause(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Result<Clause, String> {
    let wrong = |what: &str| format!("could not parse formatting clause: {what}");
    let mut precision = PRECISION;
    if chars.next_if_eq(&'.').is_some() {
        let mut digits = String::new();
        while let Some(digit) = chars.next_if(char::is_ascii_digit) {
            digits.push(digit);
        }
        precision = digits.parse().map_err(|_| {
            let reason = format!("strconv.Atoi: parsing \"{digits}\": invalid syntax");
            wrong(&format!(
                "error while parsing precision: error while converting precision to integer: {reason}"
            ))
        })?;
        if precision > PRECISION_MAX {
            return Err(wrong(&format!(
                "error while parsing precision: precision {precision} exceeds maximum allowed precision {PRECISION_MAX}"
            )));
        }
    }
    Ok(match chars.next() {
        Some('s') => Clause::Text,
        Some('d') => Clause::Decimal,
        Some('f') => Clause::Fixed(precision),
        Some('e') => Clause::Scientific(precision),
        Some('b') => Clause::Binary,
        Some('o') => Clause::Octal,
        Some(c @ ('x' | 'X')) => Clause::Hex { upper: c == 'X' },
        Some(c) => return Err(wrong(&format!("unrecognized formatting clause \"{c}\""))),
        None => return Err("unexpected end of string".to_owned()),
    })
}

/// Puts values into a format
pub(super) fn format(format: &str, args: &List<'_>) -> Result<String, Fault> {
    let (parts, wrong) = parts(format);
    let mut out = String::new();
    let mut index = 0;
    for part in parts {
        match part {
            Part::Literal(text) => out.push_str(&text),
            Part::Clause(clause) => {
                let Some(value) = args.get(index) else {
                    return Fault::failed(format!("index {index} out of range"));
                };
                index += 1;
                let made = clause.write(&value?).map_err(|what| format!("error during formatting: {what}"));
                out.push_str(&made.map_err(Fault::Failed)?);
            }
        }
    }
    wrong.map_or(Ok(out), Fault::failed)
}

// === impl Clause ===

impl Clause {
    /// What the clause takes, as complaints say it
    pub(super) fn takes(self) -> &'static str {
        match self {
            Self::Text => {
                "string clause can only be used on strings, bools, bytes, ints, doubles, maps, lists, types, durations, and timestamps"
            }
            Self::Decimal => "decimal clause can only be used on integers",
            Self::Fixed(_) => "fixed-point clause can only be used on doubles",
            Self::Scientific(_) => "scientific clause can only be used on doubles",
            Self::Binary => "only integers and bools can be formatted as binary",
            Self::Octal => "octal clause can only be used on integers",
            Self::Hex { .. } => "only integers, byte buffers, and strings can be formatted as hex",
        }
    }

    fn write(self, value: &Val<'_>) -> Made {
        let not_taken = || format!("{}, was given {}", self.takes(), value.type_name());
        let whole = match value {
            Val::Int(value) => Some((*value < 0, value.unsigned_abs())),
            Val::Uint(value) => Some((false, *value)),
            _ => None,
        };
        let signed = |digits: fn(u64) -> String| {
            whole.map(|(negative, size)| format!("{}{}", if negative { "-" } else { "" }, digits(size)))
        };
        let made = match self {
            Self::Text => return text(value).ok_or_else(not_taken),
            Self::Decimal => signed(|size| size.to_string()),
            Self::Binary => match value {
                Val::Bool(value) => Some(u8::from(*value).to_string()),
                _ => signed(|size| format!("{size:b}")),
            },
            Self::Octal => signed(|size| format!("{size:o}")),
            Self::Hex { upper } => {
                let made = match value {
                    Val::Text(text) => Some(hex(text.as_bytes())),
                    Val::Bytes(bytes) => Some(hex(bytes)),
                    _ => signed(|size| format!("{size:x}")),
                };
                made.map(|digits| if upper { digits.to_ascii_uppercase() } else { digits })
            }
            Self::Fixed(precision) => double(value).map(|value| fixed(value, precision)),
            Self::Scientific(precision) => double(value).map(|value| scientific(value, precision)),
        };
        made.ok_or_else(not_taken)
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut out, byte| {
        out.extend(
            [byte >> 4, byte & 15].into_iter().filter_map(|half| char::from_digit(u32::from(half), 16)),
        );
        out
    })
}

fn double(value: &Val<'_>) -> Option<f64> {
    match value {
        Val::Double(value) => Some(*value),
        Val::Text(text) => match &**text {
            "NaN" => Some(f64::NAN),
            "Infinity" => Some(f64::INFINITY),
            "-Infinity" => Some(f64::NEG_INFINITY),
            _ => None,
        },
        _ => None,
    }
}

fn special(value: f64) -> Option<String> {
    if value.is_nan() {
        return Some("NaN".to_owned());
    }
    value.is_infinite().then(|| if value > 0.0 { "∞" } else { "-∞" }.to_owned())
}

/// `1,234.50`
fn fixed(value: f64, precision: usize) -> String {
    if let Some(text) = special(value) {
        return text;
    }
    let plain = format!("{value:.precision$}");
    let (sign, plain) = plain.strip_prefix('-').map_or(("", plain.as_str()), |rest| ("-", rest));
    let (whole, fraction) = plain.split_once('.').unwrap_or((plain, ""));
    let mut grouped = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    let point = if fraction.is_empty() { "" } else { "." };
    format!("{sign}{grouped}{point}{fraction}")
}

/// `1.50×10⁰³`
fn scientific(value: f64, precision: usize) -> String {
    if let Some(text) = special(value) {
        return text;
    }
    let plain = format!("{value:.precision$e}");
    let (digits, exponent) = plain.split_once('e').unwrap_or((&plain, "0"));
    let (sign, exponent) = exponent.strip_prefix('-').map_or(("", exponent), |rest| ("⁻", rest));
    let raised: String = format!("{exponent:0>2}")
        .chars()
        .map(|c| match c {
            '1' => '¹',
            '2' => '²',
            '3' => '³',
            '0' => '⁰',
            c => char::from_u32(0x2070 + (c as u32 - '0' as u32)).unwrap_or(c),
        })
        .collect();
    format!("{digits}×10{sign}{raised}")
}

/// As `%s`; none if it cannot be written
fn text(value: &Val<'_>) -> Option<String> {
    Some(match value {
        Val::Null => "null".to_owned(),
        Val::Bool(value) => value.to_string(),
        Val::Int(value) => value.to_string(),
        Val::Uint(value) => value.to_string(),
        Val::Double(value) => double_text(*value),
        Val::Text(text) => text.to_string(),
        Val::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        Val::Span(span) => span_text(*span),
        Val::Moment(at) => at.to_string(),
        Val::Type(name) => name.to_string(),
        Val::List(list) => {
            let parts = list.values().map(|value| inner(&value.ok()?)).collect::<Option<Vec<_>>>()?;
            format!("[{}]", parts.join(", "))
        }
        Val::Map(map) => map_text(map)?,
        Val::Optional(_) | Val::Foreign(_) | Val::Url(_) | Val::Named(_) | Val::Unknown(_) => return None,
    })
}

fn map_text(map: &Map<'_>) -> Option<String> {
    let mut parts = Vec::new();
    for key in map.keys() {
        let value = map.find(&key).ok().flatten()?;
        parts.push(format!("{}:{}", inner(&key)?, inner(&value)?));
    }
    parts.sort();
    Some(format!("{{{}}}", parts.join(", ")))
}

/// A value inside of another: such that CEL could read it
fn inner(value: &Val<'_>) -> Option<String> {
    Some(match value {
        Val::Text(text) => crate::go_text::quote(text),
        Val::Bytes(bytes) => format!("b{}", crate::go_text::quote(&String::from_utf8_lossy(bytes))),
        Val::Double(value) if value.is_finite() => format!("{value:.PRECISION$}"),
        Val::Double(value) => format!("\"{}\"", double_text(*value)),
        Val::Span(span) => format!("duration(\"{}\")", span_text(*span)),
        Val::Moment(at) => format!("timestamp(\"{at}\")"),
        value => text(value)?,
    })
}
