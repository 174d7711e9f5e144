//! The formats that an API server checks, and which texts have them
//!
//! It owns the list of formats and the short checks. Ranges of numbers are `validate`'s business.

mod address;
mod email;
mod moment;
mod number;
mod uri;

use crate::schema::Type;

/// Whether a text has a format
type Check = fn(&str) -> bool;

/// Formats of texts, without their dashes
const OF_TEXTS: [(&str, Check); 26] = [
    ("bsonobjectid", |text| text.len() == 24 && text.bytes().all(|b| b.is_ascii_hexdigit())),
    ("byte", is_base64),
    ("cidr", address::is_cidr),
    ("creditcard", number::is_credit_card),
    ("date", moment::is_date),
    ("datetime", moment::is_date_time),
    ("duration", moment::is_duration),
    ("email", email::is_email),
    ("hexcolor", is_hex_color),
    ("hostname", address::is_hostname),
    ("ipv4", address::is_ipv4),
    ("ipv6", address::is_ipv6),
    ("isbn", |text| number::is_isbn10(text) || number::is_isbn13(text)),
    ("isbn10", number::is_isbn10),
    ("isbn13", number::is_isbn13),
    ("k8slongname", |text| text.len() <= 253 && text.split('.').all(is_label)),
    ("k8sshortname", |text| text.len() <= 63 && is_label(text)),
    ("mac", address::is_mac),
    ("password", |_| true),
    ("rgbcolor", is_rgb_color),
    ("ssn", is_ssn),
    ("uri", uri::is_request_uri),
    ("uuid", |text| is_uuid(text, None)),
    ("uuid3", |text| is_uuid(text, Some('3'))),
    ("uuid4", |text| is_uuid(text, Some('4'))),
    ("uuid5", |text| is_uuid(text, Some('5'))),
];

/// The format if values of this type are checked against it; any other is only a note, and gives a warning
pub(crate) fn known(kind: Type, format: &str) -> Option<&str> {
    let is_known = match kind {
        Type::String | Type::Any | Type::IntOrString => is_of_texts(format),
        Type::Integer => ["int32", "int64"].contains(&format),
        Type::Number => ["float", "double"].contains(&format),
        Type::Object | Type::Array | Type::Boolean => false,
    };
    is_known.then_some(format)
}

pub(crate) fn is_of_texts(format: &str) -> bool {
    find(format).is_some()
}

/// Whether a text has a format; every text has an unknown one
pub(crate) fn has(format: &str, text: &str) -> bool {
    find(format).is_none_or(|check| check(text))
}

fn find(format: &str) -> Option<Check> {
    let bare = format.replace('-', "");
    OF_TEXTS.iter().find(|(name, _)| *name == bare).map(|(_, check)| *check)
}

fn is_base64(text: &str) -> bool {
    let data = text.trim_end_matches('=');
    let padding = text.len() - data.len();
    let is_digit = |b: u8| b.is_ascii_alphanumeric() || b == b'+' || b == b'/';
    !text.is_empty() && text.len().is_multiple_of(4) && padding <= 2 && data.bytes().all(is_digit)
}

fn is_hex_color(text: &str) -> bool {
    let digits = text.strip_prefix('#').unwrap_or(text);
    [3, 6].contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_hexdigit())
}

fn is_rgb_color(text: &str) -> bool {
    let inner = text.strip_prefix("rgb(").and_then(|rest| rest.strip_suffix(')'));
    let parts: Vec<_> = inner.into_iter().flat_map(|inner| inner.split(',')).collect();
    let blank: &[char] = &['\t', '\n', '\u{c}', '\r', ' '];
    let is_part = |part: &&str| {
        let digits = part.trim_matches(blank);
        !digits.is_empty()
            && digits.bytes().all(|b| b.is_ascii_digit())
            && (digits == "0" || !digits.starts_with('0'))
            && digits.parse::<u8>().is_ok()
    };
    parts.len() == 3 && parts.iter().all(is_part)
}

/// Three digits, two, four, with a dash or blank between them: eleven characters
fn is_ssn(text: &str) -> bool {
    text.len() == 11
        && text.bytes().enumerate().all(|(at, b)| match at {
            3 | 6 => b == b'-' || b == b' ',
            _ => b.is_ascii_digit(),
        })
}

/// A UUID whose dashes may be missing, of one version or of any
fn is_uuid(text: &str, version: Option<char>) -> bool {
    let mut digits = String::with_capacity(32);
    let mut left = text;
    for length in [8, 4, 4, 4, 12] {
        let Some((group, rest)) = left.split_at_checked(length) else { return false };
        digits.push_str(group);
        left = if length == 12 { rest } else { rest.strip_prefix('-').unwrap_or(rest) };
    }
    let has_variant = version
        .is_none_or(|version| version == '3' || digits[16..].starts_with(['8', '9', 'a', 'b', 'A', 'B']));
    left.is_empty()
        && digits.bytes().all(|b| b.is_ascii_hexdigit())
        && version.is_none_or(|version| digits[12..].starts_with(version))
        && has_variant
}

/// One part of a Kubernetes name
fn is_label(text: &str) -> bool {
    let inner = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    !text.is_empty() && text.bytes().all(inner) && !text.starts_with('-') && !text.ends_with('-')
}

#[cfg(test)]
mod tests;
