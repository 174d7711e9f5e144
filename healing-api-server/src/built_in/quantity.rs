//! Quantities: `500m`, `1Gi`, `1e3`: how they are read and written
//!
//! It owns the number and its form. Which resources there may be is validation's business.

use serde_json::Value;

/// What Go says of a text that is no quantity
pub(super) const WRONG: &str =
    "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
/// Parts of one: the smallest quantity
pub(super) const NANO: i128 = 1_000_000_000;
const MILLI: i128 = NANO / 1000;
const DECIMAL: &[(&str, i32)] = &[
    ("n", -9),
    ("u", -6),
    ("m", -3),
    ("", 0),
    ("k", 3),
    ("M", 6),
    ("G", 9),
    ("T", 12),
    ("P", 15),
    ("E", 18),
];
const BINARY: &[(&str, u32)] = &[("Ki", 1), ("Mi", 2), ("Gi", 3), ("Ti", 4), ("Pi", 5), ("Ei", 6)];

/// In which form a quantity was written, and is written again
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Decimal,
    Binary,
    Exponent,
}

/// The quantity in parts of `NANO`; none for what is no quantity or too large
pub(super) fn parse(text: &str) -> Option<i128> {
    split(text).map(|(nanos, _)| nanos)
}

/// The quantity as the real server writes it; none for what is no quantity
pub(super) fn canonical(value: &Value) -> Option<String> {
    let (nanos, form) = match value {
        Value::String(text) if text.is_empty() => (0, Form::Decimal),
        Value::String(text) => split(text)?,
        Value::Number(number) => split(&number.to_string())?,
        _ => return None,
    };
    // thousandths are the finest that resources have
    let nanos = if nanos % MILLI == 0 { nanos } else { nanos.div_euclid(MILLI) * MILLI + MILLI };
    Some(match form {
        Form::Binary if nanos.abs() >= 1024 * NANO => binary(nanos),
        Form::Binary | Form::Decimal => decimal(nanos, |exponent| {
            DECIMAL.iter().find(|(_, known)| *known == exponent).map(|(suffix, _)| (*suffix).to_owned())
        }),
        Form::Exponent => decimal(nanos, |exponent| {
            Some(if exponent == 0 { String::new() } else { format!("e{exponent}") })
        }),
    })
}

fn split(text: &str) -> Option<(i128, Form)> {
    let (sign, rest) = match text.as_bytes().first()? {
        b'-' => (-1, &text[1..]),
        b'+' => (1, &text[1..]),
        _ => (1, text),
    };
    let end = rest.find(|letter: char| !letter.is_ascii_digit() && letter != '.').unwrap_or(rest.len());
    let (number, suffix) = rest.split_at(end);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if (whole.is_empty() && fraction.is_empty()) || fraction.contains('.') {
        return None;
    }
    let digits: i128 = format!("0{whole}{fraction}").parse().ok()?;
    let places = i32::try_from(fraction.len()).ok()?;
    let (factor, exponent, form) = if let Some((_, power)) = BINARY.iter().find(|(known, _)| *known == suffix)
    {
        (1024_i128.checked_pow(*power)?, 0, Form::Binary)
    } else if let Some((_, exponent)) = DECIMAL.iter().find(|(known, _)| *known == suffix) {
        (1, *exponent, Form::Decimal)
    } else {
        let exponent = suffix.strip_prefix(['e', 'E'])?;
        (1, exponent.parse().ok()?, Form::Exponent)
    };
    let nanos = shift(digits.checked_mul(factor)?, 9 + exponent - places)?;
    Some((sign * nanos, form))
}

/// A number times a power of ten, rounded up
fn shift(number: i128, power: i32) -> Option<i128> {
    let ten = 10_i128.checked_pow(power.unsigned_abs());
    if power >= 0 {
        return number.checked_mul(ten?);
    }
    match ten {
        Some(ten) => Some(number / ten + i128::from(number % ten != 0)),
        None => Some(i128::from(number != 0)),
    }
}

fn binary(nanos: i128) -> String {
    let mut number = nanos / NANO + i128::from(nanos % NANO > 0);
    let mut power = 0;
    while number != 0 && number % 1024 == 0 && power < BINARY.len() {
        number /= 1024;
        power += 1;
    }
    let suffix = power.checked_sub(1).map_or("", |power| BINARY[power].0);
    format!("{number}{suffix}")
}

fn decimal(nanos: i128, suffix: impl Fn(i32) -> Option<String>) -> String {
    let (mut number, mut exponent) = (nanos, -9);
    while number % 1000 == 0 && exponent < 18 && number != 0 {
        number /= 1000;
        exponent += 3;
    }
    if number == 0 {
        exponent = 0;
    }
    format!("{number}{}", suffix(exponent).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_written_as_the_real_server_writes_them() {
        for (text, written) in [
            ("0.5", "500m"),
            ("1", "1"),
            ("1000m", "1"),
            ("1024Mi", "1Gi"),
            ("1.5Gi", "1536Mi"),
            ("512", "512"),
            ("1000", "1k"),
            ("0", "0"),
            ("100Ki", "100Ki"),
            ("0.5Ki", "512"),
            ("1e3", "1e3"),
            ("1u", "1m"),
            ("-1500m", "-1500m"),
            ("128974848", "128974848"),
            ("", "0"),
        ] {
            assert_eq!(canonical(&text.into()).as_deref(), Some(written), "{text}");
        }
        for text in ["abc", "1.2.3", "1 Gi", "-", "1gi"] {
            assert_eq!(canonical(&text.into()), None, "{text}");
        }
        assert_eq!(canonical(&Value::from(2)).as_deref(), Some("2"));
    }
}
