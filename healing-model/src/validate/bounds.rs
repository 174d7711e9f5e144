//! Bounds of an object: the schema's own complaints, in the API server's words, at any depth

use serde_json::{Map, Value};

use super::{
    before::child,
    walk::{Declared, Visit},
};
use crate::{BinaryOperator, Field, FieldError, Matches, Rule, constraint};

/// Checks the bounds of every value that has changed
pub(super) struct Bounds<'b, 'e> {
    pub(super) matches: Matches<'b>,
    pub(super) errors: &'e mut Vec<FieldError>,
}

// === impl Bounds ===

impl Visit for Bounds<'_, '_> {
    fn entry(path: &str, key: &str) -> String {
        child(path, key)
    }

    fn field(&mut self, (_, rules): Declared<'_>, field: &Field, new: &Value, path: &str) {
        self.errors.extend(out_of_bounds(rules, field, new, path));
        self.item(&field.constraints, new, path);
    }

    fn item(&mut self, constraints: &Map<String, Value>, new: &Value, path: &str) {
        let matches = self.matches;
        // A pattern that cannot be read was refused when the operator was compiled.
        let engine = move |pattern: &str, text: &str| matches(pattern, text).unwrap_or(true);
        self.errors.extend(constraint::violations(constraints, path, new, &engine));
    }
}

/// The schema's own complaint, unless a rule with a better message speaks about the same bound
fn out_of_bounds(rules: &[Rule], field: &Field, value: &Value, path: &str) -> Option<FieldError> {
    let number = value.as_i64()?;
    let speaks = |operator, bound| {
        let same = Rule::bound(&field.name, operator, bound, "");
        rules.iter().any(|rule| rule.field == same.field && rule.expression == same.expression)
    };
    let message = match (field.minimum, field.maximum) {
        (Some(minimum), _) if number < minimum && !speaks(BinaryOperator::GreaterOrEqual, minimum) => {
            format!("{path} in body should be greater than or equal to {minimum}")
        }
        (_, Some(maximum)) if number > maximum && !speaks(BinaryOperator::LessOrEqual, maximum) => {
            format!("{path} in body should be less than or equal to {maximum}")
        }
        _ => return None,
    };
    Some(FieldError::invalid(path, number, message))
}
