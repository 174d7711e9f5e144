//! Every constraint and everything that is said about the definition, as an API server gets it

use std::collections::{BTreeMap, BTreeSet};

use healing::prelude::*;
use kube::CustomResourceExt as _;
use serde_json::{Value, json};

/// A cache with shards.
#[derive(HealingResource, Clone, Debug)]
#[serde(rename_all = "camelCase")]
#[healing(group = "example.com", version = "v1", kind = "ShardedCache")]
#[healing(served = true, storage = true, deprecated = "ShardedCache v1 is deprecated; use v2")]
#[healing(crd_annotation("example.com/team", "storage"), crd_label("example.com/tier", "data"))]
#[healing(rbac(groups(""), resources("configmaps", "pods/log"), names("settings"), verbs("get")))]
#[healing(rbac(groups("apps"), resources("deployments"), verbs("get", "list", "watch")))]
#[healing(webhook(failure_policy = "Ignore", timeout_seconds = 5))]
struct ShardedCacheSpec {
    #[healing(replicas)]
    shards: i32,
    #[healing(min_length = 1, max_length = 63, pattern = r"^[a-z]([-a-z0-9]*[a-z0-9])?$", selectable)]
    region: String,
    #[healing(format = "date-time", example = "2026-01-02T03:04:05Z", nullable)]
    until: Option<String>,
    #[healing(exclusive_minimum = 0, maximum = 100, multiple_of = 5, default = 10)]
    share: i32,
    #[healing(minimum = 0, exclusive_maximum = 1.5, multiple_of = 0.25, default = 0.5)]
    ratio: f64,
    #[healing(min_items = 1, max_items = 4, items(min_length = 1, max_length = 8), list_type = "set")]
    zones: Vec<String>,
    #[healing(max_items = 16)]
    tags: BTreeSet<String>,
    #[healing(min_properties = 1, max_properties = 8, map_type = "atomic", values(pattern = "^[a-z]*$"))]
    labels: BTreeMap<String, String>,
    #[healing(items(minimum = 1, maximum = 65535))]
    ports: Option<Vec<i32>>,
    #[healing(preserve_unknown_fields)]
    settings: BTreeMap<String, Value>,
}

#[test]
fn constraints_ride_on_the_properties() {
    let schema = ShardedCache::schema();
    let mut fields = schema["properties"]["spec"]["properties"].clone();
    for field in fields.as_object_mut().expect("a spec has properties").values_mut() {
        field.as_object_mut().expect("a property is an object").remove("type");
    }
    let expected = json!({
        "shards": { "format": "int32" },
        "region": { "minLength": 1, "maxLength": 63, "pattern": "^[a-z]([-a-z0-9]*[a-z0-9])?$" },
        "until": { "format": "date-time", "example": "2026-01-02T03:04:05Z", "nullable": true },
        "share": {
            "format": "int32", "minimum": 0, "exclusiveMinimum": true, "maximum": 100, "multipleOf": 5, "default": 10
        },
        "ratio": {
            "format": "double", "minimum": 0, "maximum": 1.5, "exclusiveMaximum": true, "multipleOf": 0.25,
            "default": 0.5
        },
        "zones": {
            "minItems": 1, "maxItems": 4, "x-kubernetes-list-type": "set",
            "items": { "type": "string", "minLength": 1, "maxLength": 8 }
        },
        "tags": { "maxItems": 16, "x-kubernetes-list-type": "set", "items": { "type": "string" } },
        "labels": {
            "minProperties": 1, "maxProperties": 8, "x-kubernetes-map-type": "atomic",
            "additionalProperties": { "type": "string", "pattern": "^[a-z]*$" }
        },
        "ports": { "items": { "type": "integer", "format": "int32", "minimum": 1, "maximum": 65535 } },
        "settings": { "x-kubernetes-preserve-unknown-fields": true },
    });
    assert_eq!(fields, expected);
}

#[test]
fn the_definition_says_what_was_declared() {
    let crd = serde_json::to_value(ShardedCache::crd()).expect("a CRD can be written");
    assert_eq!(crd["metadata"]["annotations"], json!({ "example.com/team": "storage" }));
    assert_eq!(crd["metadata"]["labels"], json!({ "example.com/tier": "data" }));
    let version = &crd["spec"]["versions"][0];
    assert_eq!((&version["served"], &version["storage"]), (&json!(true), &json!(true)));
    assert_eq!(version["deprecated"], json!(true));
    assert_eq!(version["deprecationWarning"], "ShardedCache v1 is deprecated; use v2");
    assert_eq!(version["selectableFields"], json!([{ "jsonPath": ".spec.region" }]));
}

#[test]
fn rules_of_the_role_and_the_webhook_are_data() {
    let blueprint = serde_json::to_value(ShardedCache::blueprint()).expect("a blueprint can be written");
    assert_eq!(
        blueprint["rbac"],
        json!([
            { "apiGroups": [""], "resources": ["configmaps", "pods/log"], "resourceNames": ["settings"], "verbs": ["get"] },
            { "apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["get", "list", "watch"] },
        ])
    );
    assert_eq!(blueprint["webhook"], json!({ "failurePolicy": "Ignore", "timeoutSeconds": 5 }));
}

#[test]
fn nothing_in_the_definition_is_regretted() {
    assert_eq!(crate::lint::told::<ShardedCache>(), Vec::<String>::new());
}
