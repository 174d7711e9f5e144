//! Tests of Tables

use structural_schema::Schema;

use super::*;
use crate::kind::{Custom, ResourceKey};

fn now() -> Timestamp {
    "2026-11-25T10:00:00Z".parse().expect("a time")
}

fn custom(columns: &Value) -> Kind {
    let custom = Custom { columns: columns.as_array().cloned().unwrap_or_default(), ..Custom::default() };
    Kind {
        key: ResourceKey::new("heal.example.com", "healers"),
        group: "heal.example.com".into(),
        version: "v1".to_owned(),
        kind: "Healer".to_owned(),
        list_kind: "HealerList".to_owned(),
        singular: "healer".to_owned(),
        short_names: Vec::new(),
        categories: Vec::new(),
        namespaced: true,
        subresources: Vec::new(),
        verbs: crate::kind::ALL_VERBS,
        schema: Arc::new(Schema::default()),
        is_served: true,
        source: Source::Custom(Arc::new(custom)),
    }
}

fn healer() -> Arc<Value> {
    Arc::new(json!({
        "apiVersion": "heal.example.com/v1", "kind": "Healer",
        "metadata": { "name": "g1", "creationTimestamp": "2026-11-25T09:59:00Z" },
        "spec": { "replicas": 3, "text": "a", "tags": ["x", "y"], "on": true, "ratio": 1.5, "whole": 2.0, "signs": ["<&>"], "empty": "" },
        "status": { "conditions": [{ "type": "Ready", "status": "False" }], "since": "2026-11-25T07:00:00Z" },
    }))
}

#[test]
fn cells_of_custom_resources_follow_the_type_of_their_column() {
    let column = |name: &str, kind: &str, path: &str| json!({ "name": name, "type": kind, "jsonPath": path });
    let cases = [
        ("string", ".spec.text", json!("a")),
        ("string", ".spec.replicas", json!("3")),
        ("string", ".spec.tags", json!("[\"x\",\"y\"]")),
        ("string", ".spec.whole", json!("2")),
        ("string", ".spec.signs", json!("[\"\\u003c\\u0026\\u003e\"]")),
        ("string", ".spec.missing", Value::Null),
        ("integer", ".spec.replicas", json!(3)),
        ("integer", ".spec.ratio", json!(1)),
        ("integer", ".spec.text", Value::Null),
        ("number", ".spec.ratio", json!(1.5)),
        ("boolean", ".spec.on", json!(true)),
        ("date", ".status.since", json!("3h")),
        ("date", ".spec.text", json!("<invalid>")),
        ("date", ".spec.empty", json!("<unknown>")),
        ("string", ".status.conditions[?(@.type==\"Ready\")].status", json!("False")),
    ];
    for (kind, path, expected) in cases {
        let kind = custom(&json!([column("C", kind, path)]));
        let table = table(&kind, &[healer()], json!({}), IncludeObject::None, now());
        assert_eq!(table["rows"], json!([{ "cells": ["g1", expected], "object": null }]), "{path}");
    }
}

#[test]
fn a_custom_resource_without_columns_shows_its_age() {
    let table = table(
        &custom(&json!([])),
        &[healer()],
        json!({ "resourceVersion": "7" }),
        IncludeObject::Metadata,
        now(),
    );
    assert_eq!(table["rows"][0]["cells"], json!(["g1", "60s"]));
    assert_eq!(table["rows"][0]["object"]["kind"], "PartialObjectMetadata");
    assert_eq!(table["metadata"]["resourceVersion"], "7");
    let names: Vec<&Value> =
        table["columnDefinitions"].as_array().unwrap().iter().map(|column| &column["name"]).collect();
    assert_eq!(names, ["Name", "Age"]);
}
