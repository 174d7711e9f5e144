//! Tests of ownership: tables of writes and what they leave

use serde_json::{Value, json};
use structural_schema::Schema;

use super::{Writer, apply, track};

fn schema() -> std::sync::Arc<Schema> {
    let item = json!({ "type": "object", "required": ["name"], "properties": { "name": { "type": "string" }, "image": { "type": "string" } } });
    Schema::parse(&json!({ "type": "object", "properties": {
        "spec": { "type": "object", "properties": {
            "replicas": { "type": "integer" },
            "size": { "type": "string" },
            "tags": { "type": "array", "items": { "type": "string" }, "x-kubernetes-list-type": "set" },
            "args": { "type": "array", "items": { "type": "string" } },
            "parts": {
                "type": "array", "items": item,
                "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"],
            },
            "limits": { "type": "object", "additionalProperties": { "type": "integer" } },
        } },
        "status": { "type": "object", "x-kubernetes-preserve-unknown-fields": true },
    } }))
    .unwrap()
}

fn object(spec: &Value) -> Value {
    json!({ "apiVersion": "a.example.com/v1", "kind": "Thing", "metadata": { "name": "t" }, "spec": spec })
}

fn writer(manager: &str) -> Writer<'_> {
    let now = "2026-11-25T10:00:00Z".parse().unwrap();
    Writer { manager, subresource: "", api_version: "a.example.com/v1", now }
}

/// The entries as `manager operation: fields`
fn told(object: &Value) -> Vec<String> {
    let entries = object["metadata"]["managedFields"].as_array().cloned().unwrap_or_default();
    let told = entries.iter().map(|entry| {
        format!(
            "{} {}: {}",
            entry["manager"].as_str().unwrap(),
            entry["operation"].as_str().unwrap(),
            entry["fieldsV1"]
        )
    });
    told.collect()
}

#[test]
fn a_writer_owns_what_it_changed_and_others_lose_it() {
    let mut first = object(&json!({ "replicas": 1, "limits": { "cpu": 1 } }));
    track(None, &mut first, &schema(), &writer("one"), &[]);
    assert_eq!(
        told(&first),
        [r#"one Update: {"f:spec":{".":{},"f:limits":{".":{},"f:cpu":{}},"f:replicas":{}}}"#]
    );
    let mut second = first.clone();
    second["spec"]["replicas"] = 2.into();
    track(Some(&first), &mut second, &schema(), &writer("two"), &[]);
    assert_eq!(
        told(&second),
        [
            r#"one Update: {"f:spec":{".":{},"f:limits":{".":{},"f:cpu":{}}}}"#,
            r#"two Update: {"f:spec":{"f:replicas":{}}}"#,
        ]
    );
    let mut third = second.clone();
    track(Some(&second), &mut third, &schema(), &writer("three"), &[]);
    assert_eq!(third, second);
}

#[test]
fn an_apply_over_fields_of_others_is_a_conflict_unless_forced() {
    let one = apply(None, &object(&json!({ "replicas": 1 })), &schema(), &writer("one"), false, &[]).unwrap();
    let wanted = object(&json!({ "replicas": 2, "size": "big" }));
    let refusal = apply(Some(&one), &wanted, &schema(), &writer("two"), false, &[]).unwrap_err();
    assert_eq!(refusal.code, 409);
    assert_eq!(refusal.message, r#"Apply failed with 1 conflict: conflict with "one": .spec.replicas"#);
    let two = apply(Some(&one), &wanted, &schema(), &writer("two"), true, &[]).unwrap();
    assert_eq!(told(&two), [r#"two Apply: {"f:spec":{"f:replicas":{},"f:size":{}}}"#]);
}

#[test]
fn what_is_applied_no_more_goes_unless_somebody_else_owns_it() {
    let spec = json!({ "replicas": 1, "tags": ["a", "b"], "parts": [{ "name": "x", "image": "1" }] });
    let one = apply(None, &object(&spec), &schema(), &writer("one"), false, &[]).unwrap();
    let two =
        apply(Some(&one), &object(&json!({ "tags": ["a"] })), &schema(), &writer("two"), false, &[]).unwrap();
    let three =
        apply(Some(&two), &object(&json!({ "replicas": 1 })), &schema(), &writer("one"), false, &[]).unwrap();
    assert_eq!(three["spec"], json!({ "replicas": 1, "tags": ["a"] }));
}
