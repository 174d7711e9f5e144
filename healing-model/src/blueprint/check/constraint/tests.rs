//! The rules about constraints, as a table: one field, one error

use serde_json::{Value, json};

use super::constraints;
use crate::{BlueprintError, Field, Place};

fn errors(field: &Value) -> Vec<BlueprintError> {
    let field: Field = serde_json::from_value(field.clone()).expect("the fields of this test decode");
    let mut errors = Vec::new();
    let engine = |pattern: &str, text: &str| match pattern {
        "(" => Err("no end".to_owned()),
        _ => Ok(text.starts_with(pattern.trim_start_matches('^'))),
    };
    constraints(&[field], &engine, &mut errors);
    errors
}

fn place(error: &BlueprintError) -> &'static str {
    match &error.place {
        Place::Constraint { word, .. } => word,
        Place::Items(_) => "items",
        Place::Selectable(_) => "selectable",
        Place::Default(_) => "default",
        _ => "",
    }
}

fn int() -> Value {
    json!({"integer": {"bits": 32, "signed": true}})
}

#[test]
fn sound_constraints_have_no_error() {
    let item = json!({"object": {"ident": "Port", "fields": [{"name": "name", "kind": "string"}]}});
    for field in [
        json!({"name": "f", "kind": "string", "constraints": {"minLength": 1, "pattern": "^a"}, "default": "ab"}),
        json!({"name": "f", "kind": "other", "constraints": {"minLength": 1, "maxItems": 2}, "items": {"maximum": 3}}),
        json!({"name": "f", "kind": int(), "maximum": 2, "constraints": {"minimum": 0, "exclusiveMinimum": true}}),
        json!({"name": "f", "kind": "number", "constraints": {"multipleOf": 0.5}, "default": 1.5}),
        json!({"name": "f", "kind": "string", "optional": true, "constraints": {"nullable": true}}),
        json!({"name": "f", "kind": {"list": "string"}, "items": {"maxLength": 2}, "default": ["ab"]}),
        json!({
            "name": "f", "kind": {"list": item},
            "constraints": {"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"]}
        }),
        json!({"name": "f", "kind": "string", "selectable": true, "constraints": {"example": "x"}}),
    ] {
        assert_eq!(errors(&field), [], "{field}");
    }
}

type Row = (Value, &'static str, &'static str);

fn of_values() -> Vec<Row> {
    vec![
        (
            json!({"kind": int(), "constraints": {"minLength": 1}}),
            "min_length",
            "is for text; `f` is a whole number",
        ),
        (json!({"kind": "string", "constraints": {"maxItems": 1}}), "max_items", "is for lists"),
        (json!({"kind": "string", "constraints": {"nullable": true}}), "nullable", "an `Option`"),
        (
            json!({"kind": "string", "constraints": {"minLength": 3, "maxLength": 2}}),
            "min_length",
            "must not exceed",
        ),
        (
            json!({"kind": {"list": "string"}, "constraints": {"minItems": 3, "maxItems": 2}}),
            "min_items",
            "exceed",
        ),
        (json!({"kind": int(), "constraints": {"multipleOf": 0}}), "multiple_of", "above 0"),
        (json!({"kind": int(), "constraints": {"multipleOf": 0.5}}), "multiple_of", "does not fit"),
        (
            json!({"kind": int(), "maximum": 1, "constraints": {"minimum": 1, "exclusiveMinimum": true}}),
            "exclusive_minimum",
            "no number lies between",
        ),
        (json!({"kind": "number", "constraints": {"minimum": 2.5, "maximum": 1.5}}), "minimum", "no number"),
        (json!({"kind": "string", "constraints": {"pattern": "("}}), "pattern", "no end"),
        (json!({"kind": "string", "constraints": {"pattern": "(?=a)"}}), "pattern", "looks around"),
        (
            json!({"kind": "string", "constraints": {"format": "datetim"}}),
            "format",
            "did you mean `datetime`",
        ),
        (json!({"kind": "string", "constraints": {"format": "zzz"}}), "format", "it knows"),
        (json!({"kind": {"list": int()}, "items": {"maxLength": 1}}), "max_length", "what is in `f`"),
        (json!({"kind": "string", "items": {"maxLength": 1}}), "items", "`f` is text"),
    ]
}

fn of_lists() -> Vec<Row> {
    let port = |optional: bool| {
        let name = json!({"name": "name", "kind": "string", "optional": optional});
        let sub = json!({"name": "sub", "kind": {"list": "string"}});
        json!({"list": {"object": {"ident": "Port", "fields": [name, sub]}}})
    };
    let map = |keys: Value| json!({"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": keys});
    vec![
        (
            json!({"kind": port(false), "constraints": {"x-kubernetes-list-type": "map"}}),
            "list_type",
            "needs a key",
        ),
        (
            json!({"kind": {"list": "string"}, "constraints": map(json!(["a"]))}),
            "list_type",
            "these are texts",
        ),
        (
            json!({"kind": port(false), "constraints": map(json!(["nam"]))}),
            "list_map_key",
            "did you mean `name`",
        ),
        (json!({"kind": port(true), "constraints": map(json!(["name"]))}), "list_map_key", "may be missing"),
        (json!({"kind": port(false), "constraints": map(json!(["sub"]))}), "list_map_key", "plain value"),
        (json!({"kind": port(false), "constraints": map(json!(["name", "name"]))}), "list_map_key", "twice"),
        (
            json!({"kind": port(false), "constraints": {"x-kubernetes-list-map-keys": ["name"]}}),
            "list_map_key",
            "add `list_type",
        ),
        (
            json!({"kind": port(false), "constraints": {"x-kubernetes-list-type": "set"}}),
            "list_type",
            "plain values",
        ),
    ]
}

fn of_the_rest() -> Vec<Row> {
    vec![
        (json!({"kind": "number", "selectable": true}), "selectable", "fraction"),
        (
            json!({"kind": "string", "default": "b", "constraints": {"pattern": "^a"}}),
            "default",
            "should match '^a'",
        ),
        (
            json!({"kind": "string", "default": "b", "constraints": {"minLength": 2}}),
            "default",
            "at least 2 chars",
        ),
        (
            json!({"kind": {"list": "string"}, "default": ["a", "a"], "constraints": {"x-kubernetes-list-type": "set"}}),
            "default",
            "there twice",
        ),
        (
            json!({"kind": {"list": "string"}, "default": ["abc"], "items": {"maxLength": 2}}),
            "default",
            "may not be more than 2 bytes",
        ),
        (json!({"kind": "string", "constraints": {"example": 3}}), "example", "does not fit"),
        (
            json!({"kind": "string", "constraints": {"example": "", "minLength": 1}}),
            "example",
            "would be refused",
        ),
    ]
}

#[test]
fn one_mistake_is_one_error_at_its_word() {
    for (mut field, word, words) in of_values().into_iter().chain(of_lists()).chain(of_the_rest()) {
        field["name"] = json!("f");
        let found = errors(&field);
        assert_eq!(found.len(), 1, "{field}: {found:?}");
        assert_eq!(place(&found[0]), word, "{field}: {found:?}");
        assert!(found[0].message.contains(words), "{field}: {}", found[0].message);
    }
}

#[test]
fn nine_fields_are_too_many_to_select_by() {
    let field = |at: usize| Field {
        name: format!("f{at}"),
        kind: crate::FieldKind::Boolean,
        selectable: true,
        ..Field::default()
    };
    let mut found = Vec::new();
    constraints(&(0..9).map(field).collect::<Vec<_>>(), &|_, _| Ok(true), &mut found);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].place, Place::Selectable("f8".into()));
}
