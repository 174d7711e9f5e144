//! Dates, times and lengths of time
//!
//! It owns what Go's parsers of them accept.

/// `2006-01-02`, of a day that exists
pub(super) fn is_date(text: &str) -> bool {
    let parts: Vec<_> = text.split('-').collect();
    let [year, month, day] = parts[..] else { return false };
    let number = |text: &str, digits: usize| {
        let is_number = text.len() == digits && text.bytes().all(|b| b.is_ascii_digit());
        text.parse::<u32>().ok().filter(|_| is_number)
    };
    let (Some(year), Some(month), Some(day)) = (number(year, 4), number(month, 2), number(day, 2)) else {
        return false;
    };
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        4 | 6 | 9 | 11 => 30,
        2 if is_leap => 29,
        2 => 28,
        1..=12 => 31,
        _ => return false,
    };
    (1..=days).contains(&day)
}

/// A date, `T`, a time of day and a zone
pub(super) fn is_date_time(text: &str) -> bool {
    let lower = text.to_lowercase();
    let mut parts = lower.split('t');
    let (Some(date), Some(time)) = (parts.next(), parts.next()) else { return false };
    is_date(date) && is_time(time)
}

fn is_time(text: &str) -> bool {
    let Some((clock, zone)) = text.split_at_checked(8) else { return false };
    let is_clock = |text: &str, mask: &[u8]| {
        text.len() == mask.len()
            && text.bytes().zip(mask).all(|(b, m)| if *m == b'0' { b.is_ascii_digit() } else { b == *m })
    };
    if !is_clock(clock, b"00:00:00") {
        return false;
    }
    let in_range = &clock[..2] <= "23" && &clock[3..5] <= "59" && &clock[6..] <= "59";
    // any character may stand before the fraction
    let mut rest = zone.chars();
    let after_fraction = rest.next().map(|_| rest.as_str().trim_start_matches(|c: char| c.is_ascii_digit()));
    let is_zone = |text: &str| text == "z" || is_clock(text, b"+00:00") || is_clock(text, b"-00:00");
    let has_fraction = after_fraction.is_some_and(|left| left.len() < rest.as_str().len());
    in_range && (is_zone(zone) || (has_fraction && after_fraction.is_some_and(is_zone)))
}

/// Go's `1h30m`, or numbers with the words of units anywhere in the text, such as `2 days`
pub(super) fn is_duration(text: &str) -> bool {
    is_go_duration(text) || has_unit_in_words(text)
}

fn is_go_duration(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if unsigned == "0" {
        return true;
    }
    let mut left = unsigned;
    let mut total = 0.0_f64;
    while !left.is_empty() {
        let number_end = left.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(left.len());
        let (number, rest) = left.split_at(number_end);
        let unit_end = rest.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(rest.len());
        let (unit, rest) = rest.split_at(unit_end);
        let is_number = number.matches('.').count() <= 1 && number.bytes().any(|b| b.is_ascii_digit());
        let Some(seconds) = seconds_of(unit).filter(|_| is_number) else { return false };
        total += number.trim_end_matches('.').parse::<f64>().unwrap_or(0.0) * seconds;
        left = rest;
    }
    // what 63 bits of nanoseconds hold
    !unsigned.is_empty() && total <= 9_223_372_036.854_775
}

fn seconds_of(unit: &str) -> Option<f64> {
    Some(match unit {
        "ns" => 1e-9,
        "us" | "µs" | "μs" => 1e-6,
        "ms" => 1e-3,
        "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        _ => return None,
    })
}

/// Units by their names; a text that begins with the last of a row is of that unit too
const UNITS: [&[&str]; 8] = [
    &["ns", "nano"],
    &["us", "µs", "micro"],
    &["ms", "milli"],
    &["s", "sec"],
    &["m", "min"],
    &["h", "hr", "hour"],
    &["d", "day"],
    &["w", "wk", "week"],
];

fn has_unit_in_words(text: &str) -> bool {
    let mut found = false;
    let mut left = text;
    while let Some(start) = left.find(|c: char| c.is_ascii_digit()) {
        let from = &left[start..];
        let end = from.find(|c: char| !c.is_ascii_digit()).unwrap_or(from.len());
        let (number, rest) = from.split_at(end);
        let rest = rest.trim_start_matches(['\t', '\n', '\u{c}', '\r', ' ']);
        let end = rest.find(|c: char| !(c.is_ascii_alphabetic() || c == 'µ')).unwrap_or(rest.len());
        let (word, rest) = rest.split_at(end);
        left = rest;
        if word.is_empty() {
            continue;
        }
        if number.parse::<i64>().is_err() {
            return false;
        }
        let word = word.to_lowercase();
        found |= UNITS.iter().any(|names| {
            names.contains(&word.as_str()) || names.last().is_some_and(|last| word.starts_with(last))
        });
    }
    found
}
