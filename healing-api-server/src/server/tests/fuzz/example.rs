//! What the fuzzing begins with: right objects of built-in kinds, and a kind of its own
//!
//! They are right; spoiling them is the business of `draw`.

use serde_json::{Value, json};

/// The definition of a kind that has a bit of everything
pub(super) fn definition() -> Value {
    let rule = |rule: &str| json!({ "rule": rule });
    let spec = json!({
        "type": "object", "required": ["size"],
        "x-kubernetes-validations": [rule("self.size <= 100"), rule("!has(oldSelf.name) || self.name == oldSelf.name"),
            rule("!has(self.parts) || self.parts.all(p, p.n < 10)")],
        "properties": {
            "size": { "type": "integer", "minimum": 0, "default": 3 },
            "name": { "type": "string", "maxLength": 20, "pattern": "^[a-z]*$" },
            "choice": { "type": "string", "enum": ["a", "b"] },
            "port": { "x-kubernetes-int-or-string": true },
            "free": { "type": "object", "x-kubernetes-preserve-unknown-fields": true },
            "map": { "type": "object", "additionalProperties": { "type": "number", "nullable": true } },
            "set": { "type": "array", "maxItems": 9, "items": { "type": "string" }, "x-kubernetes-list-type": "set" },
            "parts": {
                "type": "array", "maxItems": 9, "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["k"],
                "items": { "type": "object", "required": ["k"], "properties": {
                    "k": { "type": "string" }, "n": { "type": "integer", "default": 1 },
                } },
            },
        },
    });
    let status = json!({ "type": "object", "properties": { "replicas": { "type": "integer" }, "selector": { "type": "string" } } });
    json!({
        "metadata": { "name": "widgets.fuzz.io" },
        "spec": {
            "group": "fuzz.io", "scope": "Namespaced",
            "names": { "plural": "widgets", "singular": "widget", "kind": "Widget", "listKind": "WidgetList" },
            "versions": [{
                "name": "v1", "served": true, "storage": true,
                "schema": { "openAPIV3Schema": { "type": "object", "properties": { "spec": spec, "status": status } } },
                "subresources": { "status": {}, "scale": {
                    "specReplicasPath": ".spec.size", "statusReplicasPath": ".status.replicas",
                    "labelSelectorPath": ".status.selector",
                } },
                "additionalPrinterColumns": [
                    { "name": "Size", "type": "integer", "jsonPath": ".spec.size" },
                    { "name": "Made", "type": "date", "jsonPath": ".metadata.creationTimestamp" },
                ],
                "selectableFields": [{ "jsonPath": ".spec.name" }],
            }],
        },
    })
}

fn widget() -> Value {
    json!({ "apiVersion": "fuzz.io/v1", "kind": "Widget", "spec": {
        "size": 5, "name": "x", "choice": "a", "port": "http", "free": { "any": [1] }, "map": { "a": 1.5, "b": null },
        "set": ["a", "b"], "parts": [{ "k": "a", "n": 2 }, { "k": "b" }],
    }, "status": { "replicas": 1, "selector": "a=b" } })
}

/// Right objects, to be spoiled
pub(super) fn examples() -> Vec<Value> {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/src/built_in/examples");
    let mut paths: Vec<_> =
        std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let read = |path| serde_json::from_str::<Value>(&std::fs::read_to_string(path).unwrap()).unwrap();
    let mut all: Vec<Value> = paths.iter().map(|path| read(path)["input"].take()).collect();
    all.extend([widget(), widget()]);
    all
}
