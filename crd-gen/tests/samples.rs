//! Samples of many schemas: an API server takes each, short, full, and with every line switched on

use crd_gen::{
    DescribedResource, Description, emit, manifest,
    validate::{self, Checker, Finding},
};
use healing_model::{BinaryOperator, Expression, Field, FieldKind, Function, Rule};
use serde_json::{Value, json};

fn resource(fields: &Value, spec: &Value) -> DescribedResource {
    let description: Description =
        serde_json::from_str(include_str!("fixture/description.json")).expect("the fixture decodes");
    let mut resource = description.resources.into_iter().next().expect("a resource");
    let schema = &mut resource.schema["properties"]["spec"];
    for (name, field) in fields.as_object().into_iter().flatten() {
        schema["properties"][name] = field.clone();
        if field["required"] == true {
            schema["properties"][name].as_object_mut().expect("an object").remove("required");
            schema["required"].as_array_mut().expect("a list").push(json!(name));
        }
    }
    for (name, value) in spec.as_object().into_iter().flatten() {
        schema[name] = value.clone();
    }
    resource
}

fn check(checker: &mut Checker, yaml: &str) -> Vec<Finding> {
    let documents = manifest::read(yaml).unwrap_or_else(|error| panic!("{error}:\n{yaml}"));
    documents.iter().flat_map(validate::objects).flat_map(|object| checker.check(object)).collect()
}

/// Every line that is off is switched on
fn switched_on(full: &str) -> String {
    let on = full.lines().map(|line| {
        let content = line.trim_start();
        match content.strip_prefix('#') {
            Some(rest) if !rest.starts_with(' ') => format!("{}{rest}", &line[..line.len() - content.len()]),
            _ => line.to_owned(),
        }
    });
    on.collect::<Vec<_>>().join("\n") + "\n"
}

/// Fields of texts, numbers and truth values
fn scalars() -> Vec<(Value, Value)> {
    vec![
        (json!({}), json!({})),
        (
            json!({ "a": { "type": "string", "required": true, "pattern": "^[a-z]([-a-z0-9]*[a-z0-9])?$", "minLength": 3 } }),
            json!({}),
        ),
        (
            json!({ "a": { "type": "string", "required": true, "pattern": "\\bx\\b", "example": "x" } }),
            json!({}),
        ),
        (json!({ "a": { "type": "string", "required": true, "minLength": 12, "maxLength": 12 } }), json!({})),
        (json!({ "a": { "type": "string", "required": true, "maxLength": 3 } }), json!({})),
        (
            json!({ "a": { "type": "string", "required": true, "enum": ["Fast", "Slow"] }, "b": { "type": "string", "enum": ["x"] } }),
            json!({}),
        ),
        (
            json!({
                "a": { "type": "integer", "minimum": 3, "exclusiveMinimum": true, "required": true },
                "b": { "type": "integer", "maximum": -7, "required": true },
                "c": { "type": "integer", "multipleOf": 8, "minimum": 20, "required": true },
                "d": { "type": "number", "minimum": 0.0, "exclusiveMinimum": true, "maximum": 1.0, "required": true },
                "e": { "type": "boolean", "required": true },
            }),
            json!({}),
        ),
        (
            json!({
                "a": { "type": "string", "format": "date-time", "required": true },
                "b": { "type": "string", "format": "duration", "required": true },
                "c": { "type": "string", "format": "uuid", "required": true },
                "d": { "type": "string", "format": "ipv4", "required": true },
                "e": { "type": "string", "format": "cidr", "required": true },
                "f": { "type": "string", "format": "byte", "required": true },
                "g": { "type": "string", "format": "uri" },
                "h": { "type": "string", "format": "email" },
                "i": { "type": "string", "format": "ipv6" },
            }),
            json!({}),
        ),
    ]
}

/// Fields of lists, maps, structs and what has no type
fn composites() -> Vec<(Value, Value)> {
    let text = json!({ "type": "string" });
    vec![
        (
            json!({
                "a": { "type": "array", "minItems": 3, "required": true, "x-kubernetes-list-type": "set", "items": text },
                "b": { "type": "array", "minItems": 2, "required": true, "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"],
                       "items": { "type": "object", "required": ["name"], "properties": {
                           "name": { "type": "string", "description": "What it is called" },
                           "port": { "type": "integer", "minimum": 1 },
                       } } },
                "c": { "type": "array", "items": { "type": "integer", "minimum": 4 } },
                "d": { "type": "array", "items": { "type": "array", "items": text } },
            }),
            json!({}),
        ),
        (
            json!({
                "a": { "type": "object", "additionalProperties": text, "minProperties": 2, "required": true },
                "b": { "type": "object", "additionalProperties": { "type": "integer", "minimum": 2 } },
                "c": { "type": "object", "properties": { "x": text, "y": text }, "minProperties": 1, "required": true },
                "d": { "type": "object", "properties": { "x": text, "y": { "type": "object", "required": ["z"], "properties": { "z": text, "w": text } } } },
                "e": { "type": "object", "x-kubernetes-preserve-unknown-fields": true },
                "f": { "x-kubernetes-preserve-unknown-fields": true, "required": true },
            }),
            json!({}),
        ),
        (
            json!({
                "a": { "x-kubernetes-int-or-string": true, "required": true },
                "b": { "type": "object", "x-kubernetes-embedded-resource": true, "x-kubernetes-preserve-unknown-fields": true, "required": true },
                "c": { "type": "string", "nullable": true, "required": true },
            }),
            json!({}),
        ),
        (
            json!({
                "on": { "type": "string", "description": "A word that is a truth value\n\nin YAML: 'y', #, {{ x }}" },
                "a b": { "type": "string", "default": "12:30:00" },
                "text": { "type": "string", "default": "two\nlines\n" },
                "nested": { "type": "object", "default": {}, "properties": { "x": { "type": "integer", "default": 3 } } },
            }),
            json!({}),
        ),
    ]
}

#[test]
fn an_api_server_takes_them() {
    for (fields, spec) in [scalars(), composites()].concat() {
        let resource = resource(&fields, &spec);
        let mut checker = Checker::default();
        let definition = emit::crd(&resource.blueprint, &resource.schema).to_string();
        assert_eq!(check(&mut checker, &definition), [], "{fields}");
        let short = emit::sample(&resource.blueprint, &resource.schema).to_string();
        assert_eq!(check(&mut checker, &short), [], "{short}");
        let full = emit::full_sample(&resource.blueprint, &resource.schema).unwrap();
        assert_eq!(check(&mut checker, &full), [], "{full}");
        let all = switched_on(&full);
        assert_eq!(check(&mut checker, &all), [], "{all}");
        for name in fields.as_object().into_iter().flatten().map(|(name, _)| name) {
            assert!(
                all.contains(&format!("  {name}:")) || all.contains(&format!("  \"{name}\":")),
                "no {name}:\n{all}"
            );
        }
    }
}

#[test]
fn of_alternatives_one_is_taken() {
    let text = json!({ "type": "string" });
    let one_of = json!({ "oneOf": [{ "required": ["a"] }, { "required": ["b"] }] });
    let branches = &one_of["oneOf"];
    let optional = json!({ "type": "object", "properties": { "a": text, "b": text }, "oneOf": branches });
    let mut required = optional.clone();
    required["required"] = true.into();
    for (fields, spec) in [
        (json!({ "a": text, "b": text }), one_of.clone()),
        (json!({ "choice": required }), json!({})),
        (json!({ "choice": optional }), json!({})),
    ] {
        let resource = resource(&fields, &spec);
        let mut checker = Checker::default();
        let definition = emit::crd(&resource.blueprint, &resource.schema).to_string();
        assert_eq!(check(&mut checker, &definition), [], "{fields}");
        let short = emit::sample(&resource.blueprint, &resource.schema).to_string();
        assert_eq!(check(&mut checker, &short), [], "{short}");
        let full = emit::full_sample(&resource.blueprint, &resource.schema).unwrap();
        assert!(full.contains("# Exactly one of: a, b."), "{full}");
        assert_eq!(check(&mut checker, &full), [], "{full}");
        let all = switched_on(&full);
        assert_eq!(check(&mut checker, &all), [], "{all}");
    }
}

#[test]
fn a_field_that_a_rule_wants_is_there() {
    let mut resource = resource(&json!({ "a": { "type": "string" }, "b": { "type": "string" } }), &json!({}));
    let is_set = |name| Expression::call(Function::IsSome, Expression::field(name), Vec::new());
    let exactly_one = Expression::binary(BinaryOperator::NotEqual, is_set("a"), is_set("b"));
    let field =
        |name: &str| Field { name: name.into(), kind: FieldKind::String, optional: true, ..Field::default() };
    resource.blueprint.fields = vec![field("a"), field("b")];
    resource.blueprint.rules = vec![Rule::new(None, exactly_one, "exactly one of a and b")];
    let spec = &emit::sample(&resource.blueprint, &resource.schema)["spec"];
    assert_eq!((&spec["a"], &spec["b"]), (&json!("example"), &Value::Null));
}
