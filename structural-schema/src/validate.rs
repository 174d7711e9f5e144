//! Whether an object is right by its schema, in the API server's words and order
//!
//! It owns the order of the steps and the walk through an object. Each kind of check stands in its own file; rules in
//! CEL are `cel`'s business.

mod below;
mod branch;
mod embedded;
mod kind;
mod number;
mod outcome;
mod path;
mod text;
mod unique;

use serde_json::Value;

use crate::cel;
use crate::correlate;
use crate::field_error::{FieldError, Reason};
use crate::go_text;
use crate::place;
use crate::schema::{Additional, Schema};
use outcome::Outcome;
use path::Path;

/// What others found wrong with an object: it has its place among the errors, and may keep rules from being checked
#[derive(Clone, Debug, Default)]
pub struct Beside {
    /// Wrong with its `metadata`
    pub metadata: Vec<FieldError>,
    /// Wrong with what the scale subresource reads
    pub scale: Vec<FieldError>,
    /// Tells what is wrong with the `metadata` of a resource inside of the object; places begin at that resource
    pub embedded: Option<fn(&Value) -> Vec<FieldError>>,
}

/// Everything that is wrong with an object
///
/// With an old object, errors of values that did not change are left out, as far as an old value can be found: fields
/// by their names, elements of a list map by their keys, other lists as wholes.
pub fn validate(schema: &Schema, new: &Value, old: Option<&Value>) -> Vec<FieldError> {
    validate_beside(schema, new, old, Beside::default())
}

/// As [`validate`], with what else is wrong with the object
pub fn validate_beside(schema: &Schema, new: &Value, old: Option<&Value>, beside: Beside) -> Vec<FieldError> {
    let mut errors = beside.metadata;
    errors.extend(place(schema, new, old, ""));
    errors.extend(beside.scale);
    errors.extend(embedded::check(schema, new, beside.embedded));
    if old.is_none_or(|old| unique::check(schema, old).is_empty()) {
        errors.extend(unique::check(schema, new));
    }
    rules(schema, new, old, &mut errors);
    errors
}

/// As [`validate_beside`], for a write to the status subresource: only `status` is looked at, and rules
pub fn validate_status(schema: &Schema, new: &Value, old: Option<&Value>, beside: Beside) -> Vec<FieldError> {
    let mut errors = beside.metadata;
    if let Some((status, of_status)) = new.get("status").zip(schema.properties.get("status")) {
        let old = old.and_then(|old| old.get("status"));
        errors.extend(place(of_status, status, old, "status"));
    }
    errors.extend(beside.scale);
    if old.is_none_or(|old| unique::check(schema, old).is_empty()) {
        errors.extend(unique::check(schema, new));
    }
    rules(schema, new, old, &mut errors);
    errors
}

/// What keeps a resource from being decoded at all, which is answered with 400: an embedded resource whose `apiVersion`
/// or `kind` is no text
pub fn undecodable(schema: &Schema, object: &Value) -> Option<FieldError> {
    embedded::undecodable(schema, object)
}

/// Everything that is wrong with one value that stands at `at`, without rules
pub(crate) fn place(schema: &Schema, new: &Value, old: Option<&Value>, at: &str) -> Vec<FieldError> {
    let whole = Place { schema, value: new, old, path: Path::ROOT };
    let mut errors = whole.check().errors;
    for error in &mut errors {
        // also an element gets a dot, as in `default.[0]`
        error.field = match error.field.as_str() {
            "" => at.to_owned(),
            field => place::child(at, field),
        };
    }
    errors
}

/// Everything that is wrong with the resources inside of a value that stands at `at`
pub(crate) fn embedded(schema: &Schema, value: &Value, at: &str) -> Vec<FieldError> {
    embedded::check(schema, value, None).into_iter().map(|error| error.below(at)).collect()
}

/// The rules, unless the object is so wrong that they could not make sense of it
fn rules(schema: &Schema, new: &Value, old: Option<&Value>, errors: &mut Vec<FieldError>) {
    let blocks = |error: &FieldError| {
        matches!(
            error.reason,
            Reason::NotSupported | Reason::Required | Reason::TooLong | Reason::TooMany | Reason::TypeInvalid
        )
    };
    if !has_rules(schema) {
        return;
    }
    if errors.iter().any(blocks) {
        errors.push(FieldError::of_value(
            Reason::Invalid,
            "",
            &Value::Null,
            "some validation rules were not checked because the object was invalid; correct the existing errors to complete validation",
        ));
    } else {
        errors.extend(cel::check(schema, new, old));
    }
}

/// What the rules say of a default that stands at `at`: it must hold as it is, and when it comes anew
pub(crate) fn default_rules(schema: &Schema, default: &Value, at: &str) -> Vec<FieldError> {
    if !has_rules(schema) {
        return Vec::new();
    }
    let mut errors = cel::check(schema, default, Some(default));
    if errors.is_empty() {
        errors = cel::check(schema, default, None);
    }
    errors.into_iter().map(|error| error.below(at)).collect()
}

fn has_rules(schema: &Schema) -> bool {
    let additional = match &schema.additional {
        Additional::Schema(values) => Some(values),
        Additional::None | Additional::Any => None,
    };
    let mut below = schema.properties.values().chain(&schema.items).chain(additional);
    !schema.rules.is_empty() || below.any(|schema| has_rules(schema))
}

/// A value under its schema
#[derive(Clone, Copy)]
struct Place<'a> {
    schema: &'a Schema,
    value: &'a Value,
    /// What it was, if that is known
    old: Option<&'a Value>,
    path: Path<'a>,
}

// === impl Place ===

impl Place<'_> {
    /// Everything that is wrong here and below, unless nothing changed
    fn check(&self) -> Outcome {
        let mut outcome = self.check_as_new();
        if !outcome.errors.is_empty()
            && self.old.is_some_and(|old| correlate::is_unchanged(self.schema, self.value, old))
        {
            outcome.errors.clear();
        }
        outcome
    }

    fn check_as_new(&self) -> Outcome {
        let mut outcome = Outcome::default();
        if self.value.is_null() {
            outcome.merge(kind::check(self));
            self.values(&mut outcome);
            return outcome;
        }
        let checks = self.schema.compiled.checks();
        if kind::applies(self.schema) {
            outcome.merge(kind::check(self));
            outcome.count += 1;
        }
        outcome.merge(branch::check(self));
        outcome.count += 1;
        match self.value {
            Value::String(value) => {
                text::check(self, value, &mut outcome);
                outcome.count += 1 + usize::from(text::has_format(checks));
            }
            Value::Number(value) => {
                number::check(self, value, &mut outcome);
                outcome.count += 2;
            }
            Value::Array(elements) => {
                outcome.merge(below::elements(self, elements));
                outcome.count += 1;
            }
            _ => {}
        }
        self.values(&mut outcome);
        outcome.count += 1;
        if let Value::Object(fields) = self.value {
            outcome.merge(below::fields(self, fields));
            outcome.count += 1;
        }
        outcome.count += 1;
        outcome
    }

    /// `enum`
    fn values(&self, outcome: &mut Outcome) {
        let allowed = &self.schema.compiled.checks().values;
        if allowed.is_empty() || allowed.iter().any(|allowed| is_same(self.value, allowed)) {
            return;
        }
        let names: Vec<_> = allowed
            .iter()
            .map(|value| value.as_str().map_or_else(|| go_text::json(value), str::to_owned))
            .collect();
        let error = FieldError::not_supported(self.path.to_string(), self.value, &names);
        outcome.push(error);
    }
}

/// Whether a value is one of an enum: a null never is, and numbers are turned into the type of the other
fn is_same(value: &Value, allowed: &Value) -> bool {
    match (value, allowed) {
        (Value::Null, _) | (_, Value::Null) => false,
        (Value::Number(value), Value::Number(allowed)) => match (value.as_i64(), allowed.as_i64()) {
            (_, None) => value.as_f64() == allowed.as_f64(),
            (Some(value), Some(allowed)) => value == allowed,
            (None, Some(allowed)) => value.as_f64().is_some_and(|value| number::truncated(value) == allowed),
        },
        _ => value == allowed,
    }
}

#[cfg(test)]
mod tests;
