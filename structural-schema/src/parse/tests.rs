//! What is accepted and what is refused, in the words of the API server, and what is read

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::schema::{Additional, ListType, Schema, Type};

/// A schema whose `spec` has these properties
fn with(properties: &Value) -> Value {
    json!({"type": "object", "properties": {"spec": {"type": "object", "properties": properties}}})
}

#[test]
fn a_structural_schema_is_read() {
    let schema = Schema::parse(&with(&json!({
        "n": {"type": "integer", "minimum": 1, "default": 3},
        "port": {"x-kubernetes-int-or-string": true, "anyOf": [{"type": "integer"}, {"type": "string"}]},
        "labels": {"type": "object", "additionalProperties": {"type": "string"}},
        "list": {
            "type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["k"],
            "items": {"type": "object", "required": ["k"], "properties": {"k": {"type": "string"}}},
        },
    })))
    .expect("it is structural");
    let spec = schema.field("spec").expect("spec");
    let n = spec.field("n").expect("n");
    assert_eq!((n.kind, &n.default), (Type::Integer, &Some(json!(3))));
    assert_eq!(n.checks.get("minimum"), Some(&json!(1)));
    assert_eq!(spec.field("port").expect("port").kind, Type::IntOrString);
    assert!(matches!(spec.field("labels").expect("labels").additional, Additional::Schema(_)));
    let list = spec.field("list").expect("list");
    assert_eq!((list.list_type, list.list_map_keys.as_slice()), (ListType::Map, &["k".to_owned()][..]));
}

/// `answers.json` holds what a real API server (1.37.2) answered
#[test]
fn schemas_are_accepted_and_refused_as_by_a_real_server() {
    let answers: Value = serde_json::from_str(include_str!("answers.json")).expect("JSON");
    for answer in answers.as_array().expect("a list") {
        let at = "spec.validation.openAPIV3Schema";
        let schema = &answer["schema"];
        let beside_status = answer.get("status").and_then(|_| Schema::refused_beside_status(schema, at));
        let found = Schema::parse_at(schema, at);
        let errors = beside_status.into_iter().chain(found.err().unwrap_or_default());
        let errors: Vec<_> = errors.map(|error| error.to_string()).collect();
        assert_eq!(json!(errors), answer["errors"], "{answer}");
    }
}

#[test]
fn a_built_in_kind_is_read_through_its_references() {
    let components = json!({
        "Pod": {"type": "object", "properties": {
            "metadata": {"allOf": [{"$ref": "#/components/schemas/Meta"}], "default": {}, "description": "Standard"},
            "spec": {"$ref": "#/components/schemas/Spec"},
        }},
        "Meta": {"type": "object", "properties": {"name": {"type": "string"}, "fields": {"$ref": "#/components/schemas/Raw"}}},
        "Raw": {"type": "object"},
        "Spec": {"type": "object", "properties": {
            "ports": {
                "type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["port", "protocol"],
                "x-kubernetes-patch-strategy": "merge,retainKeys", "x-kubernetes-patch-merge-key": "port",
                "items": {"allOf": [{"$ref": "#/components/schemas/Port"}], "default": {}},
            },
            "again": {"$ref": "#/components/schemas/Spec"},
            "other": {"$ref": "#/components/schemas/Port"},
        }},
        "Port": {"type": "object", "properties": {
            "port": {"type": "integer", "default": 0},
            "protocol": {"type": "string", "default": "TCP"},
            "target": {"$ref": "#/components/schemas/IntOrString"},
        }},
        "IntOrString": {"format": "int-or-string", "oneOf": [{"type": "integer"}, {"type": "string"}]},
    });
    let components = components.as_object().expect("a map").clone().into_iter().collect::<BTreeMap<_, _>>();
    let pod = Schema::parse_built_in(&components, "Pod");
    let meta = pod.field("metadata").expect("metadata");
    assert_eq!((meta.description.as_str(), &meta.default), ("Standard", &None));
    assert!(meta.field("fields").expect("fields").keeps_unknown());
    let spec = pod.field("spec").expect("spec");
    assert!(spec.field("again").expect("again").keeps_unknown());
    let ports = spec.field("ports").expect("ports");
    assert_eq!(ports.list_map_keys, ["port", "protocol"]);
    assert!(ports.patch.merge && ports.patch.retain_keys && ports.patch.merge_key == "port");
    let port = ports.items.as_ref().expect("items");
    assert!(Arc::ptr_eq(port, spec.field("other").expect("other")), "one component is one value");
    assert_eq!(port.field("port").expect("port").default, None);
    assert_eq!(port.field("protocol").expect("protocol").default, Some(json!("TCP")));
    assert_eq!(port.field("target").expect("target").kind, Type::IntOrString);
    assert!(Schema::parse_built_in(&components, "Unknown").keeps_unknown());
}
