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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn blueprint() -> Blueprint {
        serde_json::from_value(json!({
            "identity": {
                "group": "example.com", "version": "v1", "kind": "Web", "plural": "webs", "singular": "web",
                "scope": "Namespaced"
            },
            "roles": [{"role": "replicas", "field": "size"}],
            "knobs": {},
            "columns": [],
            "fields": [
                {"name": "size", "kind": {"integer": {"bits": 32, "signed": true}}, "minimum": 1, "maximum": 9},
                {"name": "spare", "kind": {"integer": {"bits": 32, "signed": true}}, "optional": true, "minimum": 0}
            ],
            "rules": [
                {
                    "field": "size", "message": "size must be at least 1",
                    "expression": {
                        "binary": {"operator": "greaterOrEqual", "left": {"field": "size"}, "right": {"integer": 1}}
                    }
                },
                {
                    "field": "spare", "message": "as many as spare",
                    "expression": {
                        "binary": {
                            "operator": "equal", "right": {"integer": 1},
                            "left": {
                                "binary": {"operator": "divide", "left": {"field": "size"}, "right": {"field": "spare"}}
                            }
                        }
                    }
                }
            ]
        }))
        .expect("the blueprint of this test decodes")
    }

    #[test]
    fn bounds_speak_first_then_the_name_then_the_rules() {
        let long = "a".repeat(64);
        let table = [
            ("web", json!({"size": 1}), vec![]),
            ("web", json!({"size": 0}), vec!["spec.size: Invalid value: 0: size must be at least 1"]),
            (
                "web",
                json!({"size": 10}),
                vec!["spec.size: Invalid value: 10: spec.size in body should be less than or equal to 9"],
            ),
            (
                long.as_str(),
                json!({"size": 1, "spare": -2}),
                vec![
                    "spec.spare: Invalid value: -2: spec.spare in body should be greater than or equal to 0",
                    "metadata.name: Invalid value",
                    "spec.spare: Invalid value: -2: as many as spare",
                ],
            ),
            (
                "web",
                json!({"size": 1, "spare": 0}),
                vec!["spec.spare: Invalid value: 0: division by zero evaluating rule: as many as spare"],
            ),
            (
                "web",
                json!({}),
                vec!["spec.size: Invalid value: null: no such key: size evaluating rule: size must"],
            ),
        ];
        for (name, spec, expected) in table {
            let found: Vec<String> =
                blueprint().validate(name, &spec, None).iter().map(ToString::to_string).collect();
            assert_eq!(found.len(), expected.len(), "{spec}: {found:?}");
            for (found, expected) in found.iter().zip(expected) {
                assert!(found.starts_with(expected), "{spec}: {found}");
            }
        }
    }

    #[test]
    fn what_was_wrong_and_is_unchanged_passes() {
        let old = json!({"size": 10, "spare": 0});
        let count = |new: &Value| blueprint().validate(&"a".repeat(64), new, Some(&old)).len();
        assert_eq!(count(&old), 0);
        assert_eq!(count(&json!({"size": 11, "spare": 0})), 2);
        assert_eq!(count(&json!({"size": 10, "spare": 6})), 0);
        assert_eq!(count(&json!({"size": 10, "spare": 5})), 1);
    }
}
