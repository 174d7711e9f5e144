//! Constraints, as a table: a value under its keywords, and what an API server says of it

use serde_json::{Value, json};

use super::violations;

fn said(constraints: &Value, value: &Value) -> Vec<String> {
    let matches = |pattern: &str, text: &str| pattern == "^a" && text.starts_with('a');
    let constraints = constraints.as_object().expect("the constraints of this test are a map");
    violations(constraints, "spec.v", value, &matches).iter().map(ToString::to_string).collect()
}

#[test]
fn values_within_their_constraints_break_none() {
    for (constraints, value) in [
        (json!({"minLength": 2, "maxLength": 2}), json!("äö")),
        (json!({"pattern": "^a"}), json!("ab")),
        (json!({"minimum": 0, "exclusiveMinimum": true, "multipleOf": 2}), json!(2)),
        (json!({"minimum": 0.5, "maximum": 0.5}), json!(0.5)),
        (json!({"multipleOf": 0.1}), json!(0.3)),
        (json!({"minItems": 1, "maxItems": 1}), json!(["a"])),
        (json!({"x-kubernetes-list-type": "set"}), json!(["a", "b"])),
        (json!({"maxProperties": 1}), json!({"a": 1})),
        (json!({"minLength": 3}), json!(null)),
        (json!({"minLength": 3}), json!(true)),
    ] {
        assert_eq!(said(&constraints, &value), [""; 0], "{constraints} {value}");
    }
}

#[test]
fn what_is_broken_is_told_as_an_api_server_tells_it() {
    for (constraints, value, expected) in [
        (json!({"maxLength": 1}), json!("äö"), vec!["spec.v: Too long: may not be more than 1 byte"]),
        (
            json!({"maxLength": 2, "pattern": "^a"}),
            json!("bbb"),
            vec!["spec.v: Too long: may not be more than 2 bytes"],
        ),
        (
            json!({"minLength": 3, "pattern": "^a"}),
            json!("b"),
            vec!["spec.v: Invalid value: \"b\": spec.v in body should be at least 3 chars long"],
        ),
        (
            json!({"pattern": "^a"}),
            json!("b"),
            vec!["spec.v: Invalid value: \"b\": spec.v in body should match '^a'"],
        ),
        (
            json!({"minimum": 0, "exclusiveMinimum": true, "multipleOf": 5}),
            json!(-3),
            vec![
                "spec.v: Invalid value: -3: spec.v in body should be a multiple of 5",
                "spec.v: Invalid value: -3: spec.v in body should be greater than 0",
            ],
        ),
        (
            json!({"maximum": 1.5}),
            json!(1.75),
            vec!["spec.v: Invalid value: 1.75: spec.v in body should be less than or equal to 1.5"],
        ),
        (
            json!({"maximum": 9, "exclusiveMaximum": true}),
            json!(9),
            vec!["spec.v: Invalid value: 9: spec.v in body should be less than 9"],
        ),
        (
            json!({"enum": ["a", "b"]}),
            json!("c"),
            vec!["spec.v: Unsupported value: \"c\": supported values: \"a\", \"b\""],
        ),
        (
            json!({"minItems": 1}),
            json!([]),
            vec!["spec.v: Invalid value: 0: spec.v in body should have at least 1 items"],
        ),
        (json!({"maxItems": 1}), json!([1, 2]), vec!["spec.v: Too many: 2: must have at most 1 item"]),
        (
            json!({"minProperties": 1}),
            json!({}),
            vec!["spec.v: Invalid value: 0: spec.v in body should have at least 1 properties"],
        ),
        (
            json!({"x-kubernetes-list-type": "set"}),
            json!(["a", "b", "a", "a"]),
            vec!["spec.v[2]: Duplicate value: \"a\""],
        ),
        (
            json!({"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"]}),
            json!([{"name": "a", "port": 1}, {"name": "a", "port": 2}]),
            vec!["spec.v[1]: Duplicate value: {\"name\":\"a\"}"],
        ),
    ] {
        assert_eq!(said(&constraints, &value), expected, "{constraints} {value}");
    }
}
