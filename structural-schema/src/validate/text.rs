//! Whether a text has its length, its pattern and its format
//!
//! It owns the order of these checks: the first of length and pattern that fails is told alone. Which texts have a
//! format is `format`'s business.

use super::Place;
use super::outcome::{Outcome, in_body, invalid};
use crate::compiled::Checks;
use crate::field_error::{FieldError, Reason};
use crate::format;
use crate::go_text;

pub(super) fn has_format(checks: &Checks) -> bool {
    !checks.format.is_empty() && format::is_of_texts(&checks.format)
}

pub(super) fn check(place: &Place<'_>, value: &str, outcome: &mut Outcome) {
    let checks = place.schema.compiled.checks();
    if let Some(error) = length_and_pattern(place, checks, value) {
        outcome.push(error);
    }
    if has_format(checks) && !format::has(&checks.format, value) {
        let said = format!("must be of type {}: {}", checks.format, go_text::quote(value));
        outcome.push(FieldError::of_value(
            Reason::TypeInvalid,
            place.path.to_string(),
            place.value,
            in_body(&place.path, &said),
        ));
    }
}

fn length_and_pattern(place: &Place<'_>, checks: &Checks, value: &str) -> Option<FieldError> {
    let length = || i64::try_from(value.chars().count()).unwrap_or(i64::MAX);
    if let Some(most) = checks.length_max.filter(|most| length() > *most) {
        let bytes = if most == 1 { "byte" } else { "bytes" };
        let detail = format!("may not be more than {most} {bytes}");
        return Some(FieldError::new(Reason::TooLong, place.path.to_string(), detail));
    }
    if let Some(least) = checks.length_min.filter(|least| length() < *least) {
        let should = format!("should be at least {least} chars long");
        return Some(invalid(&place.path, place.value, &should));
    }
    let pattern = checks.pattern.as_ref().filter(|pattern| !pattern.regex.is_match(value))?;
    Some(invalid(&place.path, place.value, &format!("should match '{}'", pattern.text)))
}
