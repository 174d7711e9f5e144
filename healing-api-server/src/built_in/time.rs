//! Times in objects: how they are read, and what Go says of texts that are none
//!
//! It owns the forms. What a time means is the kinds' business.

use jiff::Timestamp;

use crate::meta::{micros, seconds};

const WHOLE: &str = "2006-01-02T15:04:05Z07:00";
const MICRO: &str = "2006-01-02T15:04:05.000000Z07:00";
/// What stands in a time one after the other: as Go names it, and how many digits it has, 0 for itself
const PARTS: &[(&str, usize)] = &[
    ("2006", 4),
    ("-", 0),
    ("01", 2),
    ("-", 0),
    ("02", 2),
    ("T", 0),
    ("15", 2),
    (":", 0),
    ("04", 2),
    (":", 0),
    ("05", 2),
];

/// A time in whole seconds of UTC; none for what is no time
pub(super) fn whole_seconds(text: &str) -> Option<String> {
    text.parse().ok().map(seconds)
}

/// A time with six digits in UTC; none for what is no time
pub(super) fn micro_seconds(text: &str) -> Option<String> {
    text.parse().ok().map(micros)
}

/// What Go says of a time; none if it is one
pub(super) fn problem(text: &str) -> Option<String> {
    parse(text, false).err()
}

/// What Go says of a time that must have six digits; none if it is one
pub(super) fn micro_problem(text: &str) -> Option<String> {
    parse(text, true).err()
}

fn parse(text: &str, micro: bool) -> Result<(), String> {
    let layout = if micro { MICRO } else { WHOLE };
    let cannot = |rest: &str, part: &str| {
        format!("parsing time {text:?} as {layout:?}: cannot parse {rest:?} as {part:?}")
    };
    let mut rest = text;
    for (part, digits) in PARTS {
        rest = match digits {
            0 => rest.strip_prefix(part),
            count => after_digits(rest, *count),
        }
        .ok_or_else(|| cannot(rest, part))?;
    }
    rest = match (micro, rest.strip_prefix('.')) {
        (true, fraction) => {
            let after = fraction.and_then(|fraction| after_digits(fraction, 6));
            after.ok_or_else(|| cannot(rest, ".000000"))?
        }
        (false, Some(fraction)) => fraction.trim_start_matches(|letter: char| letter.is_ascii_digit()),
        (false, None) => rest,
    };
    let after = match rest.as_bytes().first() {
        Some(b'Z') => Some(&rest[1..]),
        Some(b'+' | b'-') => {
            let hours = after_digits(&rest[1..], 2).and_then(|rest| rest.strip_prefix(':'));
            hours.and_then(|rest| after_digits(rest, 2))
        }
        _ => None,
    };
    let after = after.ok_or_else(|| cannot(rest, "Z07:00"))?;
    if !after.is_empty() {
        return Err(format!("parsing time {text:?}: extra text: {after:?}"));
    }
    text.parse::<Timestamp>()
        .map(|_| ())
        .map_err(|_| format!("parsing time {text:?}: {} out of range", worst(text)))
}

fn after_digits(text: &str, count: usize) -> Option<&str> {
    let head = text.as_bytes().get(..count)?;
    head.iter().all(u8::is_ascii_digit).then(|| &text[count..])
}

/// The first part that is too large
fn worst(text: &str) -> &'static str {
    let part = |from: usize| text.get(from..from + 2).and_then(|part| part.parse::<u32>().ok()).unwrap_or(0);
    match () {
        () if !(1..=12).contains(&part(5)) => "month",
        () if part(11) > 23 => "hour",
        () if part(14) > 59 => "minute",
        () if part(17) > 59 => "second",
        () => "day",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_times_are_told_as_go_tells_them() {
        assert_eq!(problem("2026-01-01T00:00:00Z"), None);
        assert_eq!(problem("2026-01-01T00:00:00.5+01:00"), None);
        assert_eq!(micro_problem("2026-01-01T00:00:00.123456Z"), None);
        let cases = [
            (false, "x", "cannot parse \"x\" as \"2006\""),
            (false, "2026-01-01", "cannot parse \"\" as \"T\""),
            (true, "2026-01-01T00:00:00Z", "cannot parse \"Z\" as \".000000\""),
            (true, "2026-01-01T00:00:00.1234567Z", "cannot parse \"7Z\" as \"Z07:00\""),
            (false, "2026-13-01T00:00:00Z", "month out of range"),
            (false, "2026-02-30T00:00:00Z", "day out of range"),
            (false, "2026-01-01T00:00:00Zx", "extra text: \"x\""),
        ];
        for (micro, text, end) in cases {
            let told = parse(text, micro).unwrap_err();
            assert!(told.ends_with(end), "{told}");
        }
        assert_eq!(whole_seconds("2026-01-01T01:00:00.5+01:00").as_deref(), Some("2026-01-01T00:00:00Z"));
    }
}
