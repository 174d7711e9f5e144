//! Points in time and spans, as CEL and Kubernetes' formats write them
//!
//! It owns the calendar and the texts. It knows no clock, and no time zones but fixed offsets.

use std::cmp::Ordering;
use std::fmt;

/// Nanoseconds in a second
pub(super) const NANOS: i64 = 1_000_000_000;
/// 0001-01-01T00:00:00Z
const SECS_MIN: i64 = -62_135_596_800;
/// 9999-12-31T23:59:59Z
const SECS_MAX: i64 = 253_402_300_799;

/// A point in time
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment {
    /// Seconds since 1970
    pub(super) secs: i64,
    /// And nanoseconds
    pub(super) nanos: i64,
    /// Where it was written, in seconds east of Greenwich: it is written in the same way again
    east: i64,
}

/// The parts of a point in time that CEL can ask for
pub(super) struct Parts {
    pub(super) year: i64,
    /// From 1
    pub(super) month: i64,
    /// From 1
    pub(super) day: i64,
    /// From 0
    pub(super) day_of_year: i64,
    /// From 0, Sunday
    pub(super) weekday: i64,
    pub(super) hour: i64,
    pub(super) minute: i64,
    pub(super) second: i64,
}

// === impl Moment ===

impl Moment {
    /// None outside of the years 1 to 9999
    pub(super) fn new(secs: i64, nanos: i64) -> Option<Self> {
        let secs = secs.checked_add(nanos.div_euclid(NANOS))?;
        (SECS_MIN..=SECS_MAX).contains(&secs).then_some(Self {
            secs,
            nanos: nanos.rem_euclid(NANOS),
            east: 0,
        })
    }

    pub(super) fn plus(self, span: i64) -> Option<Self> {
        let moved =
            Self::new(self.secs.checked_add(span.div_euclid(NANOS))?, self.nanos + span.rem_euclid(NANOS))?;
        Some(Self { east: self.east, ..moved })
    }

    /// The span since another point
    pub(super) fn since(self, other: Self) -> Option<i64> {
        (self.secs - other.secs).checked_mul(NANOS)?.checked_add(self.nanos - other.nanos)
    }

    /// Its parts at a place `offset` seconds east of Greenwich
    pub(super) fn parts(self, offset: i64) -> Parts {
        let secs = self.secs + offset;
        let (days, rest) = (secs.div_euclid(86_400), secs.rem_euclid(86_400));
        let (year, month, day) = date_of(days);
        Parts {
            year,
            month,
            day,
            day_of_year: days - days_of(year, 1, 1),
            weekday: (days + 4).rem_euclid(7),
            hour: rest / 3600,
            minute: rest / 60 % 60,
            second: rest % 60,
        }
    }

    /// RFC 3339; `lenient` also takes what Kubernetes' `date-time` takes: no zone, no seconds, small letters
    pub(super) fn parse(text: &str, lenient: bool) -> Option<Self> {
        let text = if lenient { text.to_ascii_uppercase() } else { text.to_owned() };
        let (date, time) = text.split_once('T')?;
        let days = parse_date(date)?;
        let zone_at = time.find(['Z', '+', '-']);
        let (clock, zone) = zone_at.map_or((time, ""), |at| time.split_at(at));
        let offset = match zone {
            "Z" => 0,
            "" if lenient => 0,
            "" => return None,
            zone => offset(zone)?,
        };
        let (clock, fraction) = clock.split_once('.').unwrap_or((clock, ""));
        let fields: Vec<&str> = clock.split(':').collect();
        if fields.len() != 3 && !(lenient && fields.len() == 2) {
            return None;
        }
        let limits = [23, 59, 59];
        let mut secs = 0;
        for (index, limit) in limits.into_iter().enumerate() {
            let field = fields.get(index).map_or(Some(0), |field| digits(field, 2))?;
            if field > limit {
                return None;
            }
            secs = secs * 60 + field;
        }
        if time.contains('.') && fraction.is_empty() {
            return None;
        }
        Self::new(days * 86_400 + secs - offset, nanos_of(fraction)?).map(|at| Self { east: offset, ..at })
    }

    /// `2026-01-31`
    pub(super) fn parse_date(text: &str) -> Option<Self> {
        Self::new(parse_date(text)? * 86_400, 0)
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Parts { year, month, day, hour, minute, second, .. } = self.parts(self.east);
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")?;
        if self.nanos > 0 {
            write!(f, ".{}", format!("{:09}", self.nanos).trim_end_matches('0'))?;
        }
        let (sign, minutes) = (if self.east < 0 { '-' } else { '+' }, self.east.abs() / 60);
        match minutes {
            0 => f.write_str("Z"),
            _ => write!(f, "{sign}{:02}:{:02}", minutes / 60, minutes % 60),
        }
    }
}

impl PartialEq for Moment {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Moment {}

impl PartialOrd for Moment {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Moment {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.secs, self.nanos).cmp(&(other.secs, other.nanos))
    }
}

/// Seconds of `+01:30`, `-05:00`, `01:30`; none for names
pub(super) fn offset(zone: &str) -> Option<i64> {
    if matches!(zone, "UTC" | "Z" | "") {
        return Some(0);
    }
    let (sign, rest) = match zone.as_bytes().first()? {
        b'-' => (-1, &zone[1..]),
        b'+' => (1, &zone[1..]),
        _ => (1, zone),
    };
    let (hours, minutes) = rest.split_once(':')?;
    let (hours, minutes) = (digits(hours, 2)?, digits(minutes, 2)?);
    (hours < 24 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60))
}

/// Go's spans (`1h30m`, `-1.5s`); `lenient` also takes what Kubernetes' `duration` takes (`3 days`, `1w`)
pub(super) fn parse_span(text: &str, lenient: bool) -> Option<i64> {
    let (negative, mut rest) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    if rest == "0" {
        return Some(0);
    }
    if rest.is_empty() {
        return None;
    }
    let mut total: i128 = 0;
    while !rest.is_empty() {
        let number_end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (number, after) = rest.split_at(number_end);
        let after = if lenient { after.trim_start() } else { after };
        let unit_end =
            after.find(|c: char| c.is_ascii_digit() || c == '.' || c == ' ').unwrap_or(after.len());
        let (unit, after) = after.split_at(unit_end);
        rest = if lenient { after.trim_start() } else { after };
        let scale = unit_nanos(unit, lenient)?;
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if whole.is_empty() && fraction.is_empty() || fraction.contains('.') || number.len() > 30 {
            return None;
        }
        total += if whole.is_empty() { 0 } else { whole.parse::<i128>().ok()?.checked_mul(scale)? };
        if !fraction.is_empty() {
            let tens = 10_i128.checked_pow(u32::try_from(fraction.len()).ok()?)?;
            total += fraction.parse::<i128>().ok()?.checked_mul(scale)? / tens;
        }
        if total > i128::from(i64::MAX) {
            return None;
        }
    }
    i64::try_from(if negative { -total } else { total }).ok()
}

fn unit_nanos(unit: &str, lenient: bool) -> Option<i128> {
    let known = match unit {
        "ns" => 1,
        "us" | "µs" | "μs" => 1_000,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "m" => 60_000_000_000,
        "h" => 3_600_000_000_000,
        _ => 0,
    };
    if known > 0 {
        return Some(known);
    }
    let more = match unit.to_ascii_lowercase().trim_end_matches('s') {
        "nano" | "nanosecond" => 1,
        "micro" | "microsecond" => 1_000,
        "milli" | "millisecond" => 1_000_000,
        "sec" | "second" => 1_000_000_000,
        "min" | "minute" => 60_000_000_000,
        "hr" | "hour" => 3_600_000_000_000,
        "d" | "day" => 86_400_000_000_000,
        "w" | "wk" | "week" => 604_800_000_000_000,
        _ => return None,
    };
    lenient.then_some(more)
}

fn digits(text: &str, count: usize) -> Option<i64> {
    if text.len() != count || !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

fn nanos_of(fraction: &str) -> Option<i64> {
    if !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let text: String = fraction.chars().chain("000000000".chars()).take(9).collect();
    text.parse().ok()
}

fn parse_date(text: &str) -> Option<i64> {
    let mut parts = text.splitn(3, '-');
    let (year, month, day) =
        (digits(parts.next()?, 4)?, digits(parts.next()?, 2)?, digits(parts.next()?, 2)?);
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        2 => 28 + i64::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    (1..=length).contains(&day).then(|| days_of(year, month, day))
}

/// Days from 1970-01-01 to a date: years begin in March, so that the leap day is the last of its year
fn days_of(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let in_era = year.rem_euclid(400);
    let in_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + in_era * 365 + in_era / 4 - in_era / 100 + in_year - 719_468
}

fn date_of(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, in_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (in_era - in_era / 1460 + in_era / 36_524 - in_era / 146_096) / 365;
    let in_year = in_era - (365 * year + year / 4 - year / 100);
    let shifted = (5 * in_year + 2) / 153;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (era * 400 + year + i64::from(month <= 2), month, in_year - (153 * shifted + 2) / 5 + 1)
}

#[cfg(test)]
mod tests {
    use super::{Moment, parse_span};

    #[test]
    fn moments_and_spans_are_read_and_written() {
        for text in [
            "1970-01-01T00:00:00Z",
            "2024-02-29T23:59:59.5Z",
            "0001-01-01T00:00:00Z",
            "9999-12-31T23:59:59.999999999Z",
        ] {
            assert_eq!(Moment::parse(text, false).unwrap().to_string(), text);
        }
        assert_eq!(
            Moment::parse("2026-01-01T00:30:00+01:00", false).unwrap().to_string(),
            "2026-01-01T00:30:00+01:00"
        );
        for text in [
            "2023-02-29T00:00:00Z",
            "2024-01-01T00:00:00",
            "2024-01-01",
            "2024-1-01T00:00:00Z",
            "2024-01-01T00:00:00.Z",
        ] {
            assert_eq!(Moment::parse(text, false), None, "{text}");
        }
        for (text, span) in [
            ("1h30m", Some(5_400_000_000_000)),
            ("-1.5s", Some(-1_500_000_000)),
            ("0", Some(0)),
            ("1", None),
            ("", None),
            ("1d", None),
        ] {
            assert_eq!(parse_span(text, false), span, "{text}");
        }
        assert_eq!(parse_span("3 days", true), Some(259_200_000_000_000));
    }
}
