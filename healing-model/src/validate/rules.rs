//! Rules of an object: of the spec and of every struct in it
//!
//! It owns where a broken rule is reported and which one is excused. What a rule says is `rule`'s business.

use serde_json::Value;

use super::{
    before::{Before, child},
    walk::{Declared, Visit},
};
use crate::{
    FieldError, Matches,
    rule::{Broken, Subject},
};

/// Checks the rules of every struct
pub(super) struct Rules<'r, 'e> {
    pub(super) matches: Matches<'r>,
    pub(super) errors: &'e mut Vec<FieldError>,
}

// === impl Rules ===

impl Visit for Rules<'_, '_> {
    fn entry(path: &str, key: &str) -> String {
        format!("{path}[{key}]")
    }

    fn structure(&mut self, (fields, rules): Declared<'_>, new: &Value, before: Before<'_>, path: &str) {
        let unchanged = before.is_struct(fields, new);
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
    }
}
