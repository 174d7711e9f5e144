//! Validation of one object: what the API server checks through the CRD, in the same order, as a pure function
//!
//! It owns the order, the walk into nested structs and the ratcheting. A single rule is `rule`'s business; types that are
//! not declared with us are the schema's.

mod before;
mod walk;
mod bounds;
mod rules;

use serde_json::{Map, Value};

use bounds::Bounds;
use rules::Rules;

use crate::{Blueprint, Field, FieldError, FieldErrorReason, FieldKind, Matches};

/// Longest name of a resource: it becomes the value of the label `app` on its pods
pub const NAME_LENGTH_MAX: usize = 63;

/// What to say about a longer name
pub const NAME_MESSAGE: &str =
    "metadata.name must be no more than 63 characters; it is the value of a label on every pod";

impl Blueprint {
    /// The rules that an object with this name and spec breaks; empty when it is valid
    ///
    /// Bounds of the schema come first, then the rule about the name, then the rules: of the spec in the order of
    /// their declaration, then of the structs in it. With `old`, what is wrong but unchanged passes, as the API server
    /// lets it: a bound if its field is unchanged, a rule if the whole struct is that it is about. Rules about the
    /// change itself are checked with `old` only. The name cannot change, so it is checked without `old` only.
    pub fn validate(
        &self,
        name: &str,
        spec: &Value,
        old: Option<&Value>,
        matches: Matches<'_>,
    ) -> Vec<FieldError> {
        let new = Value::Object(defaulted(&self.fields, spec));
        let old = old.map(|old| Value::Object(defaulted(&self.fields, old)));
        let mut errors = Vec::new();
        walk::walk(&mut Bounds { matches, errors: &mut errors }, self, &new, old.as_ref());
        if old.is_none() && name.chars().count() > NAME_LENGTH_MAX {
            errors.push(FieldError::invalid("metadata.name", name, NAME_MESSAGE));
        }
        let blocks = |error: &FieldError| {
            matches!(error.reason, FieldErrorReason::TooLong | FieldErrorReason::TooMany)
        };
        if errors.iter().any(blocks) {
            // There is always a rule that is not checked then: the one about the name.
            errors.push(FieldError::invalid("", Value::Null, NOT_CHECKED));
        } else {
            walk::walk(&mut Rules { matches, errors: &mut errors }, self, &new, old.as_ref());
        }
        errors
    }
}

/// What the API server says where an object is so wrong that it checks no rules
const NOT_CHECKED: &str = "some validation rules were not checked because the object was invalid; correct the existing \
                           errors to complete validation";

/// The values of a struct as the API server stores them: without nulls, and with defaults where a value is left out
fn defaulted(fields: &[Field], value: &Value) -> Map<String, Value> {
    let mut values = value.as_object().cloned().unwrap_or_default();
    values.retain(|_, value| !value.is_null());
    for field in fields {
        if let Some(default) = field.default.as_ref().filter(|_| !values.contains_key(&field.name)) {
            values.insert(field.name.clone(), default.clone());
        }
        if let Some(value) = values.get_mut(&field.name) {
            fill(&field.kind, value);
        }
    }
    values
}

fn fill(kind: &FieldKind, value: &mut Value) {
    match (kind, &mut *value) {
        (FieldKind::Object(shape), Value::Object(_)) => {
            *value = Value::Object(defaulted(&shape.fields, value));
        }
        (FieldKind::List(item), Value::Array(items)) => items.iter_mut().for_each(|one| fill(item, one)),
        (FieldKind::Map(item), Value::Object(entries)) => {
            entries.values_mut().for_each(|one| fill(item, one));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{Expression, Rule};

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
                        "binary": {"operator": "greaterOrEqual", "left": {"path": {"origin": "this", "steps": ["size"]}}, "right": {"integer": 1}}
                    }
                },
                {
                    "field": "spare", "message": "as many as spare",
                    "expression": {
                        "binary": {
                            "operator": "equal", "right": {"integer": 1},
                            "left": {
                                "binary": {
                                    "operator": "divide",
                                    "left": {"path": {"origin": "this", "steps": ["size"]}},
                                    "right": {"path": {"origin": "this", "steps": ["spare"]}}
                                }
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
                vec!["spec: Invalid value: null: division by zero evaluating rule: as many as spare"],
            ),
            (
                "web",
                json!({}),
                vec!["spec: Invalid value: null: no such key: size evaluating rule: size must"],
            ),
        ];
        for (name, spec, expected) in table {
            let found: Vec<String> = blueprint()
                .validate(name, &spec, None, &|_, _| None)
                .iter()
                .map(ToString::to_string)
                .collect();
            assert_eq!(found.len(), expected.len(), "{spec}: {found:?}");
            for (found, expected) in found.iter().zip(expected) {
                assert!(found.starts_with(expected), "{spec}: {found}");
            }
        }
    }

    #[test]
    fn what_was_wrong_and_is_unchanged_passes() {
        let old = json!({"size": 10, "spare": 0});
        let count = |new: &Value| blueprint().validate(&"a".repeat(64), new, Some(&old), &|_, _| None).len();
        assert_eq!(count(&old), 1, "the API server does not excuse a rule that has no value");
        assert_eq!(count(&json!({"size": 11, "spare": 0})), 2);
        assert_eq!(count(&json!({"size": 10, "spare": 6})), 0);
        assert_eq!(count(&json!({"size": 10, "spare": 5})), 1);
    }

    #[test]
    fn items_with_keys_may_move() {
        let mut blueprint = blueprint();
        let fields = json!([{
            "name": "list", "kind": {"list": "other"},
            "constraints": {"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["k"], "maxItems": 1}
        }]);
        blueprint.fields = serde_json::from_value(fields).expect("fields of this test decode");
        blueprint.rules = vec![Rule::new(None, Expression::Boolean(false), "never")];
        let old = json!({"list": [{"k": 1, "v": 1}, {"k": 2, "v": 2}]});
        let count = |new: Value| blueprint.validate("web", &new, Some(&old), &|_, _| None).len();
        assert_eq!(count(json!({"list": [{"k": 2, "v": 2}, {"k": 1, "v": 1}]})), 0);
        assert_eq!(
            count(json!({"list": [{"k": 2, "v": 2}, {"k": 1, "v": 3}]})),
            2,
            "and rules are not checked"
        );
    }
}
