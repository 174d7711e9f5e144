//! Bounds of an object: the schema's own complaints, in the API server's words, at any depth

use serde_json::{Map, Value};

use super::before::{Before, child, keys};
use crate::{BinaryOperator, Blueprint, Field, FieldError, FieldKind, Matches, Rule, constraint};

/// Checks the bounds of every value that has changed
pub(super) fn check(
    blueprint: &Blueprint,
    new: &Value,
    old: Option<&Value>,
    matches: Matches<'_>,
    errors: &mut Vec<FieldError>,
) {
    let before = old.map_or(Before::Nothing, Before::Known);
    let mut walk = Walk { matches, errors };
    walk.object((&blueprint.fields, &blueprint.rules), new, before, "spec");
}

struct Walk<'w, 'e> {
    matches: Matches<'w>,
    errors: &'e mut Vec<FieldError>,
}

/// What is declared about the items of a list or a map
#[derive(Clone, Copy, Default)]
struct Items<'i> {
    constraints: Option<&'i Map<String, Value>>,
    keys: &'i [Value],
}

// === impl Walk ===

impl Walk<'_, '_> {
    fn object(&mut self, (fields, rules): (&[Field], &[Rule]), new: &Value, before: Before<'_>, path: &str) {
        let unchanged = before.is(new);
        for field in fields {
            let Some(value) = new.get(&field.name) else { continue };
            let (before, path) = (before.entry(&field.name, unchanged), child(path, &field.name));
            if !before.is(value) {
                self.errors.extend(out_of_bounds(rules, field, value, &path));
                self.bound(&field.constraints, value, &path);
            }
            let items = Items { constraints: Some(&field.items), keys: keys(field) };
            self.below(&field.kind, (value, before), items, &path);
        }
    }

    fn bound(&mut self, constraints: &Map<String, Value>, value: &Value, path: &str) {
        let matches = self.matches;
        // A pattern that cannot be read was refused when the operator was compiled.
        let engine = move |pattern: &str, text: &str| matches(pattern, text).unwrap_or(true);
        self.errors.extend(constraint::violations(constraints, path, value, &engine));
    }

    /// What stands in a value
    fn below(&mut self, kind: &FieldKind, (new, before): (&Value, Before<'_>), items: Items<'_>, path: &str) {
        let unchanged = before.is(new);
        match (kind, new) {
            (FieldKind::Object(shape), Value::Object(_)) => {
                self.object((&shape.fields, &shape.rules), new, before, path);
            }
            (FieldKind::List(item), Value::Array(all)) => {
                for (at, one) in all.iter().enumerate() {
                    let before = before.item(items.keys, one, unchanged);
                    self.item(item, (one, before), items.constraints, &format!("{path}[{at}]"));
                }
            }
            (FieldKind::Map(item), Value::Object(entries)) => {
                for (key, one) in entries {
                    let before = before.entry(key, unchanged);
                    self.item(item, (one, before), items.constraints, &child(path, key));
                }
            }
            _ => {}
        }
    }

    fn item(
        &mut self,
        kind: &FieldKind,
        (new, before): (&Value, Before<'_>),
        constraints: Option<&Map<String, Value>>,
        path: &str,
    ) {
        if let Some(constraints) = constraints.filter(|_| !before.is(new)) {
            self.bound(constraints, new, path);
        }
        self.below(kind, (new, before), Items::default(), path);
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
