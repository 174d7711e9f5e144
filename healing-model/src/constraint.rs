//! Constraints of one value, checked as an API server checks them: in its words and its order
//!
//! It owns keywords of a schema that ride on one property. The order of properties and what passes because it is
//! unchanged are `validate`'s business; formats are the API server's and `crd-gen validate`'s.

use serde_json::{Map, Value};

use crate::{FieldError, FieldErrorReason};

/// The greatest whole number that every reader of JSON keeps
const WHOLE_MAX: f64 = 9_007_199_254_740_991.0;
/// How far from a whole number a quotient may be, relative to it
const WHOLE_TOLERANCE: f64 = 1e-9;

/// What `value` at `path` breaks of `constraints`, without what stands below it
///
/// `matches` tells whether text matches a pattern that is written in Go's dialect ([`crate::translate`] rewrites one
/// for Rust's).
pub fn violations(
    constraints: &Map<String, Value>,
    path: &str,
    value: &Value,
    matches: &dyn Fn(&str, &str) -> bool,
) -> Vec<FieldError> {
    if value.is_null() {
        return Vec::new();
    }
    let place = Place { constraints, path };
    let mut errors = match value {
        Value::String(text) => place.text(text, matches).into_iter().collect(),
        Value::Number(number) => {
            number.as_f64().map_or_else(Vec::new, |float| place.number(number.as_i64(), float))
        }
        Value::Array(items) => place.list(items),
        Value::Object(entries) => place.map(entries.len()),
        Value::Bool(_) | Value::Null => Vec::new(),
    };
    errors.extend(place.words(value));
    errors
}

/// A value's place and what must hold there
struct Place<'p> {
    constraints: &'p Map<String, Value>,
    path: &'p str,
}

// === impl Place ===

impl Place<'_> {
    /// Of length and pattern the first that fails is told alone
    fn text(&self, text: &str, matches: &dyn Fn(&str, &str) -> bool) -> Option<FieldError> {
        let length = count(text.chars().count());
        if let Some(most) = self.count_of("maxLength").filter(|most| length > *most) {
            let bytes = if most == 1 { "byte" } else { "bytes" };
            return Some(FieldError {
                field: self.path.to_owned(),
                reason: FieldErrorReason::TooLong,
                value: text.into(),
                message: format!("may not be more than {most} {bytes}"),
            });
        }
        if let Some(least) = self.count_of("minLength").filter(|least| length < *least) {
            return Some(self.should(text, &format!("be at least {least} chars long")));
        }
        let pattern = self.constraints.get("pattern").and_then(Value::as_str)?;
        (!matches(pattern, text)).then(|| self.should(text, &format!("match '{pattern}'")))
    }

    fn words(&self, value: &Value) -> Option<FieldError> {
        let allowed = self.constraints.get("enum")?.as_array()?;
        let quoted: Vec<String> = allowed.iter().map(ToString::to_string).collect();
        (!allowed.contains(value)).then(|| FieldError {
            field: self.path.to_owned(),
            reason: FieldErrorReason::NotSupported,
            value: value.clone(),
            message: format!("supported values: {}", quoted.join(", ")),
        })
    }

    fn number(&self, whole: Option<i64>, value: f64) -> Vec<FieldError> {
        let shown = || whole.map_or_else(|| Value::from(value), Value::from);
        let mut errors = Vec::new();
        if let Some(factor) = self.number_of("multipleOf") {
            errors.extend(not_multiple(whole, value, factor).map(|words| self.should(shown(), &words)));
        }
        if let Some(limit) = self.number_of("minimum") {
            let exclusive = self.flag("exclusiveMinimum");
            let below = match whole {
                Some(whole) => whole < truncated(limit) || (exclusive && whole == truncated(limit)),
                None => value < limit || (exclusive && value <= limit),
            };
            let words = if exclusive { "greater than" } else { "greater than or equal to" };
            if below {
                errors.push(self.should(shown(), &format!("be {words} {}", limit_text(whole, limit))));
            }
        }
        if let Some(limit) = self.number_of("maximum") {
            let exclusive = self.flag("exclusiveMaximum");
            let above = match whole {
                Some(whole) => whole > truncated(limit) || (exclusive && whole == truncated(limit)),
                None => value > limit || (exclusive && value >= limit),
            };
            let words = if exclusive { "less than" } else { "less than or equal to" };
            if above {
                errors.push(self.should(shown(), &format!("be {words} {}", limit_text(whole, limit))));
            }
        }
        errors
    }

    fn list(&self, items: &[Value]) -> Vec<FieldError> {
        let mut errors = self.size(items.len(), ["minItems", "maxItems"], "items");
        match self.constraints.get("x-kubernetes-list-type").and_then(Value::as_str) {
            Some("set") => self.repeated(items, &mut errors),
            Some("map") => {
                let names = self.constraints.get("x-kubernetes-list-map-keys").and_then(Value::as_array);
                let names: Vec<&str> = names.into_iter().flatten().filter_map(Value::as_str).collect();
                let key = |item: &Value| {
                    let parts =
                        names.iter().filter_map(|name| Some(((*name).to_owned(), item.get(*name)?.clone())));
                    Value::Object(parts.collect())
                };
                self.repeated(&items.iter().map(key).collect::<Vec<_>>(), &mut errors);
            }
            _ => {}
        }
        errors
    }

    fn map(&self, length: usize) -> Vec<FieldError> {
        self.size(length, ["minProperties", "maxProperties"], "properties")
    }

    fn size(&self, length: usize, [least, most]: [&str; 2], what: &str) -> Vec<FieldError> {
        let length = count(length);
        let mut errors = Vec::new();
        if let Some(least) = self.count_of(least).filter(|least| length < *least) {
            errors.push(self.should(length, &format!("have at least {least} {what}")));
        }
        if let Some(most) = self.count_of(most).filter(|most| length > *most) {
            let items = if most == 1 { "item" } else { "items" };
            errors.push(FieldError {
                field: self.path.to_owned(),
                reason: FieldErrorReason::TooMany,
                value: length.into(),
                message: format!("must have at most {most} {items}"),
            });
        }
        errors
    }

    /// Each value that is there before, told once
    fn repeated(&self, values: &[Value], errors: &mut Vec<FieldError>) {
        for (at, value) in values.iter().enumerate() {
            let before = values[..at].iter().filter(|other| *other == value).count();
            if before == 1 {
                errors.push(FieldError {
                    field: format!("{}[{at}]", self.path),
                    reason: FieldErrorReason::Duplicate,
                    value: value.clone(),
                    message: String::new(),
                });
            }
        }
    }

    fn should(&self, value: impl Into<Value>, words: &str) -> FieldError {
        FieldError::invalid(self.path, value, format!("{} in body should {words}", self.path))
    }

    fn count_of(&self, keyword: &str) -> Option<u64> {
        self.constraints.get(keyword)?.as_u64()
    }

    fn number_of(&self, keyword: &str) -> Option<f64> {
        self.constraints.get(keyword)?.as_f64()
    }

    fn flag(&self, keyword: &str) -> bool {
        self.constraints.get(keyword) == Some(&Value::Bool(true))
    }
}

fn not_multiple(whole: Option<i64>, value: f64, factor: f64) -> Option<String> {
    let (is_multiple, shown) = if let Some(whole) = whole {
        // A factor of whole numbers that is below 1 is refused when the definition is checked.
        let factor = truncated(factor);
        (whole.checked_rem(factor).is_none_or(|rest| rest == 0), factor.to_string())
    } else {
        let quotient = if factor < 1.0 { 1.0 / factor * value } else { value / factor };
        (is_whole(quotient), float_text(factor))
    };
    (!is_multiple).then(|| format!("be a multiple of {shown}"))
}

fn limit_text(whole: Option<i64>, limit: f64) -> String {
    whole.map_or_else(|| float_text(limit), |_| truncated(limit).to_string())
}

/// A number as Go prints it, with an exponent where it is long
fn float_text(number: f64) -> String {
    let scientific = format!("{number:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    if number != 0.0 && !(-4..6).contains(&exponent) {
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{mantissa}e{sign}{:02}", exponent.abs());
    }
    format!("{number}")
}

/// A number without its fraction, as Go converts it
fn truncated(number: f64) -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "to cut the fraction off is what is wanted")]
    let whole = number as i64;
    whole
}

fn is_whole(number: f64) -> bool {
    let nearest = number.round();
    let off = (number - nearest).abs();
    number.abs() <= WHOLE_MAX && (off == 0.0 || off < WHOLE_TOLERANCE * nearest.abs())
}

fn count(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
