//! Validation of one object: what the API server checks through the CRD, in the same order, as a pure function
//!
//! It owns the order and the ratcheting. A single rule is `rule`'s business; nested types are the schema's.

use serde_json::{Map, Value};

use crate::{BinaryOperator, Blueprint, Field, FieldError, Rule};

/// Longest name of a resource: it becomes the value of the label `app` on its pods
pub const NAME_LENGTH_MAX: usize = 63;

/// What to say about a longer name
pub const NAME_MESSAGE: &str =
    "metadata.name must be no more than 63 characters; it is the value of a label on every pod";

impl Blueprint {
    /// The rules that an object with this name and spec breaks; empty when it is valid
    ///
    /// Bounds of the schema come first, then the rule about the name, then the rules in the order of their
    /// declaration. With `old`, what is wrong but unchanged passes, as the API server lets it: a bound if its field is
    /// unchanged, a rule if the whole spec is. The name cannot change, so it is checked without `old` only.
    pub fn validate(&self, name: &str, spec: &Value, old: Option<&Value>) -> Vec<FieldError> {
        let nothing = Map::new();
        let values = spec.as_object().unwrap_or(&nothing);
        let mut errors = Vec::new();
        for field in &self.fields {
            let value = values.get(&field.name);
            if old.is_none_or(|old| old.get(&field.name) != value) {
                errors.extend(value.and_then(|value| self.out_of_bounds(field, value)));
            }
        }
        if old.is_none() && name.chars().count() > NAME_LENGTH_MAX {
            errors.push(FieldError::invalid("metadata.name", name, NAME_MESSAGE));
        }
        if old != Some(spec) {
            errors.extend(self.rules.iter().filter_map(|rule| {
                let message = rule.check(&self.fields, values).err()?;
                let value = values.get(&rule.field).cloned().unwrap_or_default();
                Some(FieldError::invalid(format!("spec.{}", rule.field), value, message))
            }));
        }
        errors
    }

    /// The schema's own complaint, unless a rule with a better message speaks about the same bound
    fn out_of_bounds(&self, field: &Field, value: &Value) -> Option<FieldError> {
        let number = value.as_i64()?;
        let path = format!("spec.{}", field.name);
        let message = match (field.minimum, field.maximum) {
            (Some(minimum), _)
                if number < minimum && !self.speaks(field, BinaryOperator::GreaterOrEqual, minimum) =>
            {
                format!("{path} in body should be greater than or equal to {minimum}")
            }
            (_, Some(maximum))
                if number > maximum && !self.speaks(field, BinaryOperator::LessOrEqual, maximum) =>
            {
                format!("{path} in body should be less than or equal to {maximum}")
            }
            _ => return None,
        };
        Some(FieldError::invalid(path, number, message))
    }

    fn speaks(&self, field: &Field, operator: BinaryOperator, bound: i64) -> bool {
        let same = Rule::bound(&field.name, operator, bound, "");
        self.rules.iter().any(|rule| rule.field == same.field && rule.expression == same.expression)
    }
}
