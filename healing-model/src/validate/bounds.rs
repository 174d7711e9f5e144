//! Bounds of an object: the schema's own complaints, in the API server's words

use serde_json::Value;

use crate::{BinaryOperator, Blueprint, Field, FieldError, Rule};

/// Checks the bounds of every field of the spec that has changed
pub(super) fn fields(blueprint: &Blueprint, new: &Value, old: Option<&Value>, errors: &mut Vec<FieldError>) {
    for field in &blueprint.fields {
        let value = new.get(&field.name);
        if old.is_none_or(|old| old.get(&field.name) != value) {
            errors.extend(value.and_then(|value| out_of_bounds(&blueprint.rules, field, value)));
        }
    }
}

/// The schema's own complaint, unless a rule with a better message speaks about the same bound
fn out_of_bounds(rules: &[Rule], field: &Field, value: &Value) -> Option<FieldError> {
    let number = value.as_i64()?;
    let path = format!("spec.{}", field.name);
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
