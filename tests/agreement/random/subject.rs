//! What random rules are about: a struct with fields of every type, and structs in it with rules of their own
//!
//! It owns the fields and their schema. Objects are `object`'s.

use healing_model::{BinaryOperator as B, Expression as E, Field, FieldKind, Origin, Path, Rule, Shape};
use serde_json::{Map, Value, json};

/// The fields of the struct that the rules are about
pub(crate) fn shape() -> Shape {
    let fields = vec![
        field("a", whole()),
        field("b-c", whole()),
        optional("o", whole()),
        optional("in", whole()),
        field("s", FieldKind::String),
        optional("t", FieldKind::String),
        field("e", FieldKind::Enumeration(vec!["fast".to_owned(), "slow".to_owned()])),
        field("f", FieldKind::Boolean),
        optional("g", FieldKind::Boolean),
        field("d", FieldKind::Number),
        field("xs", FieldKind::List(Box::new(whole()))),
        field("ws", FieldKind::List(Box::new(FieldKind::String))),
        with(
            &json!({ "x-kubernetes-list-type": "set" }),
            field("st", FieldKind::List(Box::new(FieldKind::String))),
        ),
        field("m", FieldKind::Map(Box::new(FieldKind::String))),
        // what has no place of its own before the change can have no rules about it
        field("ps", FieldKind::List(Box::new(part(false)))),
        field("q", part(true)),
        with(
            &json!({ "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["s"] }),
            field("ks", FieldKind::List(Box::new(part(true)))),
        ),
        field("km", FieldKind::Map(Box::new(part(true)))),
        Field { minimum: Some(0), maximum: Some(5), ..field("k", whole()) },
        with(&json!({ "pattern": "^[a-z]*$", "maxLength": 4 }), field("r", FieldKind::String)),
        Field {
            items: Map::from_iter([("minLength".to_owned(), 1.into())]),
            ..field("ls", FieldKind::List(Box::new(FieldKind::String)))
        },
    ];
    Shape { ident: "Random".to_owned(), fields, ..Shape::default() }
}

fn part(changes: bool) -> FieldKind {
    FieldKind::Object(Box::new(part_shape(changes)))
}

/// A struct that stands in the other, with rules of its own; with `changes` also about the change
fn part_shape(changes: bool) -> Shape {
    let n = || E::field("n");
    let old = |name: &str| E::Path(Path { origin: Origin::Old, steps: vec![name.to_owned()] });
    let mut rules = vec![
        Rule::bound("n", B::NotEqual, 100, "n is not 100"),
        Rule::new(None, E::binary(B::LessOrEqual, E::field("o"), n()), "o is no more than n"),
    ];
    if changes {
        rules.push(Rule::new(Some("n"), E::binary(B::GreaterOrEqual, n(), old("n")), "n cannot shrink"));
        rules.push(Rule::new(None, E::binary(B::Equal, E::field("o"), old("o")), "o stays"));
    }
    Shape {
        ident: "Part".to_owned(),
        fields: vec![field("n", whole()), field("s", FieldKind::String), optional("o", whole())],
        rules,
        ..Shape::default()
    }
}

fn whole() -> FieldKind {
    FieldKind::Integer { bits: 64, signed: true }
}

fn field(name: &str, kind: FieldKind) -> Field {
    Field { name: name.to_owned(), kind, ..Field::default() }
}

fn optional(name: &str, kind: FieldKind) -> Field {
    Field { optional: true, ..field(name, kind) }
}

fn with(constraints: &Value, field: Field) -> Field {
    Field { constraints: constraints.as_object().cloned().unwrap_or_default(), ..field }
}

/// The schema of the struct with rules, bounded so that no rule costs too much
pub(crate) fn schema(fields: &[Field], rules: &[Rule]) -> Value {
    let properties: Map<String, Value> =
        fields.iter().map(|field| (field.name.clone(), of_field(field))).collect();
    let required: Vec<&str> =
        fields.iter().filter(|field| !field.optional).map(|field| field.name.as_str()).collect();
    let mut schema = json!({ "type": "object", "properties": properties, "required": required });
    if !rules.is_empty() {
        schema["x-kubernetes-validations"] = rules.iter().map(|rule| of_rule(fields, rule)).collect();
    }
    schema
}

fn of_rule(fields: &[Field], rule: &Rule) -> Value {
    let mut written = json!({ "rule": rule.cel(fields), "message": rule.message });
    for (key, text) in [("messageExpression", rule.message_cel()), ("fieldPath", rule.field_path())] {
        if let Some(text) = text {
            written[key] = text.into();
        }
    }
    written
}

fn of_field(field: &Field) -> Value {
    let mut schema = of_kind(&field.kind);
    for (keyword, value) in &field.constraints {
        schema[keyword] = value.clone();
    }
    for (keyword, value) in &field.items {
        schema["items"][keyword] = value.clone();
    }
    for (keyword, bound) in [("minimum", field.minimum), ("maximum", field.maximum)] {
        if let Some(bound) = bound {
            schema[keyword] = bound.into();
        }
    }
    schema
}

fn of_kind(kind: &FieldKind) -> Value {
    match kind {
        FieldKind::Integer { .. } => json!({ "type": "integer", "format": "int64" }),
        FieldKind::Boolean => json!({ "type": "boolean" }),
        FieldKind::Number => json!({ "type": "number", "format": "double" }),
        FieldKind::Enumeration(words) => json!({ "type": "string", "enum": words }),
        FieldKind::List(item) => json!({ "type": "array", "maxItems": 4, "items": of_kind(item) }),
        FieldKind::Map(item) => {
            json!({ "type": "object", "maxProperties": 4, "additionalProperties": of_kind(item) })
        }
        FieldKind::Object(shape) => schema(&shape.fields, &shape.rules),
        _ => json!({ "type": "string", "maxLength": 20 }),
    }
}
