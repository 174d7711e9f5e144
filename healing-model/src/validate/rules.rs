//! Rules of an object: the walk from the spec into its structs, each with what it was before the change
//!
//! It owns where rules are checked and where a broken one is reported. What a rule says is `rule`'s business.

use serde_json::Value;

use super::before::{Before, child, keys};
use crate::{
    Blueprint, Field, FieldError, FieldKind, Matches, Rule,
    rule::{Broken, Subject},
};

/// Checks the rules of the spec and of every struct in it
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

// === impl Walk ===

impl Walk<'_, '_> {
    fn object(&mut self, (fields, rules): (&[Field], &[Rule]), new: &Value, before: Before<'_>, path: &str) {
        let unchanged = before.is(new);
        let (Some(new), old) = (new.as_object(), before.known().and_then(Value::as_object)) else { return };
        for rule in rules {
            let subject = Subject { fields, new, old, matches: self.matches };
            let Err(broken) = rule.check(subject) else { continue };
            match broken {
                // The API server excuses a rule that does not hold, and none that has no value.
                Broken::Rule(_) if unchanged && !rule.is_transition() => {}
                Broken::Rule(message) => {
                    let value = rule.field.as_ref().and_then(|field| new.get(field)).cloned();
                    let field = rule.field.as_ref().map_or_else(|| path.to_owned(), |name| child(path, name));
                    self.errors.push(FieldError::invalid(field, value.unwrap_or_default(), message));
                }
                Broken::Evaluation(message) => {
                    self.errors.push(FieldError::invalid(path, Value::Null, message));
                }
            }
        }
        for field in fields {
            let Some(value) = new.get(&field.name) else { continue };
            self.value(field, value, before.entry(&field.name, unchanged), &child(path, &field.name));
        }
    }

    fn value(&mut self, field: &Field, new: &Value, before: Before<'_>, path: &str) {
        self.below(&field.kind, new, (before, keys(field)), path);
    }

    fn below(&mut self, kind: &FieldKind, new: &Value, (before, keys): (Before<'_>, &[Value]), path: &str) {
        match (kind, new) {
            (FieldKind::Object(shape), Value::Object(_)) => {
                self.object((&shape.fields, &shape.rules), new, before, path);
            }
            (FieldKind::List(item), Value::Array(items)) => {
                let unchanged = before.is(new);
                for (at, one) in items.iter().enumerate() {
                    let before = before.item(keys, one, unchanged);
                    self.below(item, one, (before, &[]), &format!("{path}[{at}]"));
                }
            }
            (FieldKind::Map(item), Value::Object(entries)) => {
                let unchanged = before.is(new);
                for (key, one) in entries {
                    self.below(item, one, (before.entry(key, unchanged), &[]), &format!("{path}[{key}]"));
                }
            }
            _ => {}
        }
    }
}
