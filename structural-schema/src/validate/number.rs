//! Whether a number is in its bounds
//!
//! It owns comparisons as Go does them: whole numbers with whole bounds, others as floating point.

use serde_json::{Number, Value};

use super::Place;
use super::outcome::{Outcome, invalid, unplaced};
use crate::compiled::Bound;
use crate::field_error::{FieldError, Reason};
use crate::go_text;
use crate::schema::Type;

/// The greatest whole number that every JSON reader keeps
const WHOLE_MAX: f64 = 9_007_199_254_740_991.0;
/// How far from a whole number a quotient may be, relative to it
const WHOLE_TOLERANCE: f64 = 1e-9;

pub(super) fn check(place: &Place<'_>, value: &Number, outcome: &mut Outcome) {
    let checks = place.schema.compiled.checks();
    let as_float = value.as_f64().unwrap_or_default();
    let value_text = value.as_i64().map_or_else(|| format!("{as_float}"), |whole| whole.to_string());
    fits(place, &value_text, as_float, "Checked", outcome);
    let mut limit = |limit: f64, name: &str, check: &dyn Fn(Option<i64>) -> Option<FieldError>| {
        let before = outcome.errors.len();
        fits(place, &format!("{limit}"), limit, name, outcome);
        // a bound that the type cannot hold is compared as floating point
        let whole = value.as_i64().filter(|_| outcome.errors.len() == before);
        if let Some(error) = check(whole) {
            outcome.push(error);
        }
    };
    let should = |whole: Option<i64>, words: String| {
        let value = whole.map_or_else(|| as_float.into(), Value::from);
        invalid(&place.path, &value, &format!("should be {words}"))
    };
    if let Some(factor) = checks.multiple_of {
        limit(factor, "MultipleOf", &|whole| {
            if factor <= 0.0 || whole.is_some_and(|_| truncated(factor) <= 0) {
                return Some(not_positive(place, whole, factor));
            }
            multiple(whole, as_float, factor).map(|words| should(whole, words))
        });
    }
    if let Some(bound) = checks.minimum {
        limit(bound.limit, "Minimum boundary", &|whole| {
            minimum(whole, as_float, bound).map(|words| should(whole, words))
        });
    }
    if let Some(bound) = checks.maximum {
        limit(bound.limit, "Maximum boundary", &|whole| {
            maximum(whole, as_float, bound).map(|words| should(whole, words))
        });
    }
}

/// Whether the type and format of a place can hold a number, be it the value or a bound
fn fits(place: &Place<'_>, text: &str, number: f64, what: &str, outcome: &mut Outcome) {
    let format = place.schema.compiled.checks().format.as_str();
    let (kind, holds) = match (place.schema.kind, format) {
        (Type::Integer, "int32") => ("integer", text.parse::<i32>().is_ok()),
        (Type::Integer, _) => ("integer", text.parse::<i64>().is_ok()),
        (Type::Number, "float") => ("number", number.abs() <= f64::from(f32::MAX)),
        _ => return,
    };
    if !holds {
        let form = match format {
            "" => "(default format)".to_owned(),
            format => format!("with format {format}"),
        };
        let path = &place.path;
        outcome.push(unplaced(format!("{what} value must be of type {kind} {form} in {path}")));
    }
}

/// A factor that is not positive as a factor of whole numbers, such as 0.5
fn not_positive(place: &Place<'_>, whole: Option<i64>, factor: f64) -> FieldError {
    let factor: Value = whole.map_or_else(|| factor.into(), |_| truncated(factor).into());
    let path = place.path.to_string();
    let shown = go_text::of(&factor);
    let detail = format!("factor MultipleOf declared for {path} must be positive: {shown}");
    FieldError::of_value(Reason::Invalid, path, &factor, detail)
}

fn multiple(whole: Option<i64>, value: f64, factor: f64) -> Option<String> {
    let (is_multiple, shown) = if let Some(whole) = whole {
        let factor = truncated(factor);
        (whole % factor == 0, factor.to_string())
    } else {
        let quotient = if factor < 1.0 { 1.0 / factor * value } else { value / factor };
        (is_whole(quotient), go_text::float(factor))
    };
    (!is_multiple).then(|| format!("a multiple of {shown}"))
}

fn minimum(whole: Option<i64>, value: f64, bound: Bound) -> Option<String> {
    let below = match whole.map(|whole| (whole, truncated(bound.limit))) {
        Some((whole, limit)) => whole < limit || (bound.exclusive && whole == limit),
        None => value < bound.limit || (bound.exclusive && value <= bound.limit),
    };
    let words = if bound.exclusive { "greater than" } else { "greater than or equal to" };
    below.then(|| format!("{words} {}", shown(whole, bound)))
}

fn maximum(whole: Option<i64>, value: f64, bound: Bound) -> Option<String> {
    let above = match whole.map(|whole| (whole, truncated(bound.limit))) {
        Some((whole, limit)) => whole > limit || (bound.exclusive && whole == limit),
        None => value > bound.limit || (bound.exclusive && value >= bound.limit),
    };
    let words = if bound.exclusive { "less than" } else { "less than or equal to" };
    above.then(|| format!("{words} {}", shown(whole, bound)))
}

fn shown(whole: Option<i64>, bound: Bound) -> String {
    match whole {
        Some(_) => truncated(bound.limit).to_string(),
        None => go_text::float(bound.limit),
    }
}

/// A number without its fraction, as Go converts it
pub(super) fn truncated(number: f64) -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "to cut the fraction off is what is wanted")]
    let whole = number as i64;
    whole
}

/// Whether a number is whole, or as good as whole
pub(super) fn is_whole(number: f64) -> bool {
    if !(-WHOLE_MAX..=WHOLE_MAX).contains(&number) {
        return false;
    }
    let rounded = number.round();
    let off = (number - rounded).abs();
    off == 0.0 || (rounded != 0.0 && off < WHOLE_TOLERANCE * rounded.abs())
}
