//! Rules of an object: the walk from the spec into its structs, each with what it was before the change
//!
//! It owns where rules are checked and where a broken one is reported. What a rule says is `rule`'s business.

use serde_json::Value;

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

/// What stood at a place before the change
#[derive(Clone, Copy)]
enum Before<'v> {
    /// This
    Known(&'v Value),
    /// It cannot be told; but what it stood in is unchanged
    Unchanged,
    /// Nothing, or something in what has changed
    Nothing,
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
            let before = match old {
                Some(old) => old.get(&field.name).map_or(Before::of(unchanged), Before::Known),
                None => Before::of(unchanged),
            };
            self.value(&field.kind, value, before, &child(path, &field.name));
        }
    }

    fn value(&mut self, kind: &FieldKind, new: &Value, before: Before<'_>, path: &str) {
        match (kind, new) {
            (FieldKind::Object(shape), Value::Object(_)) => {
                self.object((&shape.fields, &shape.rules), new, before, path);
            }
            (FieldKind::List(item), Value::Array(items)) => {
                // Which item was which before cannot be told in a list without keys.
                let before = Before::of(before.is(new));
                for (at, one) in items.iter().enumerate() {
                    self.value(item, one, before, &format!("{path}[{at}]"));
                }
            }
            (FieldKind::Map(item), Value::Object(entries)) => {
                let unchanged = before.is(new);
                for (key, one) in entries {
                    let before = before.known().and_then(|old| old.get(key));
                    let before = before.map_or(Before::of(unchanged), Before::Known);
                    self.value(item, one, before, &format!("{path}[{key}]"));
                }
            }
            _ => {}
        }
    }
}

fn child(path: &str, name: &str) -> String {
    format!("{path}.{name}")
}

// === impl Before ===

impl<'v> Before<'v> {
    /// What cannot be told is as changed as what it stands in
    fn of(unchanged: bool) -> Self {
        if unchanged { Self::Unchanged } else { Self::Nothing }
    }

    fn known(self) -> Option<&'v Value> {
        match self {
            Self::Known(old) => Some(old),
            Self::Unchanged | Self::Nothing => None,
        }
    }

    fn is(self, new: &Value) -> bool {
        match self {
            Self::Known(old) => old == new,
            Self::Unchanged => true,
            Self::Nothing => false,
        }
    }
}
