//! Tests of ownership: what a real API server answered to sequences of writes, and what must hold for any write
//!
//! `recorded` replays the real server; `invariants` draws writes from a seed. This file owns what both use.

mod invariants;
mod recorded;
mod served;

use std::sync::{Arc, LazyLock};

use serde_json::{Value, json};
use structural_schema::Schema;

use super::{Writer, apply, track};

/// The schema of the CRD that the recordings were made with
fn widget() -> Arc<Schema> {
    static WIDGET: LazyLock<Arc<Schema>> = LazyLock::new(|| {
        let definition: Value = serde_json::from_str(include_str!("tests/widget.json")).unwrap();
        Schema::parse(&definition).unwrap()
    });
    Arc::clone(&WIDGET)
}

fn object(spec: &Value) -> Value {
    json!({
        "apiVersion": "test.example.com/v1", "kind": "Widget",
        "metadata": { "name": "t" }, "spec": spec,
    })
}

fn writer(manager: &str) -> Writer<'_> {
    let now = "2026-11-25T10:00:00Z".parse().unwrap();
    Writer { manager, subresource: "", api_version: "test.example.com/v1", now }
}

/// The entries as `manager operation: fields`
fn told(object: &Value) -> Vec<String> {
    let entries = object["metadata"]["managedFields"].as_array().cloned().unwrap_or_default();
    let told = entries.iter().map(|entry| {
        let text = |field: &str| entry[field].as_str().unwrap_or_default().to_owned();
        format!("{} {}: {}", text("manager"), text("operation"), entry["fieldsV1"])
    });
    told.collect()
}

#[test]
fn a_writer_owns_what_it_changed_and_others_lose_it() {
    let schema = widget();
    let mut first = object(&json!({ "replicas": 1, "limits": { "cpu": 1 } }));
    track(None, &mut first, &schema, &writer("one"), &[]);
    assert_eq!(
        told(&first),
        [r#"one Update: {"f:spec":{".":{},"f:limits":{".":{},"f:cpu":{}},"f:replicas":{}}}"#]
    );
    let mut second = first.clone();
    second["spec"]["replicas"] = 2.into();
    track(Some(&first), &mut second, &schema, &writer("two"), &[]);
    assert_eq!(
        told(&second),
        [
            r#"one Update: {"f:spec":{".":{},"f:limits":{".":{},"f:cpu":{}}}}"#,
            r#"two Update: {"f:spec":{"f:replicas":{}}}"#,
        ]
    );
}

#[test]
fn an_apply_over_fields_of_others_is_a_conflict_unless_forced() {
    let schema = widget();
    let one = apply(None, &object(&json!({ "replicas": 1 })), &schema, &writer("one"), false, &[]).unwrap();
    let wanted = object(&json!({ "replicas": 2, "size": "big" }));
    let refusal = apply(Some(&one), &wanted, &schema, &writer("two"), false, &[]).unwrap_err();
    assert_eq!(refusal.code, 409);
    assert_eq!(refusal.message, r#"Apply failed with 1 conflict: conflict with "one": .spec.replicas"#);
    let two = apply(Some(&one), &wanted, &schema, &writer("two"), true, &[]).unwrap();
    assert_eq!(told(&two), [r#"two Apply: {"f:spec":{"f:replicas":{},"f:size":{}}}"#]);
}

#[test]
fn an_atomic_list_that_had_elements_is_owned_whole_by_who_owned_one() {
    let schema = widget();
    let mut live = object(&json!({ "args": ["a"] }));
    live["metadata"]["managedFields"] = json!([{
        "manager": "one", "operation": "Apply", "apiVersion": "test.example.com/v1", "fieldsType": "FieldsV1",
        "fieldsV1": { "f:spec": { "f:args": { "v:\"a\"": {} } } },
    }]);
    let after = apply(Some(&live), &object(&json!({ "size": "x" })), &schema, &writer("two"), false, &[]);
    let told = told(&after.unwrap());
    assert_eq!(told, [r#"one Apply: {"f:spec":{"f:args":{}}}"#, r#"two Apply: {"f:spec":{"f:size":{}}}"#]);
}
