//! Tests of strategic merge patch: tables of objects, patches and what comes out
//!
//! What a real server made of patches is replayed by `apply`'s recordings; here is what they leave out.

use serde_json::{Value, json};
use std::sync::Arc;
use structural_schema::{ListType, PatchStrategy, Schema, Type};

use super::strategic;

fn list(merge_key: &str, items: Schema) -> Arc<Schema> {
    let patch = PatchStrategy { merge: true, retain_keys: false, merge_key: merge_key.to_owned() };
    Arc::new(Schema {
        kind: Type::Array,
        items: Some(Arc::new(items)),
        list_type: ListType::Map,
        patch,
        ..Schema::default()
    })
}

fn schema() -> Schema {
    let element = Schema { kind: Type::Object, ..Schema::default() };
    let text = Schema { kind: Type::String, ..Schema::default() };
    let properties = [("parts", list("name", element.clone())), ("tags", list("", text))];
    let properties = properties.into_iter().map(|(name, schema)| (name.to_owned(), schema));
    Schema { kind: Type::Object, properties: properties.collect(), ..Schema::default() }
}

#[test]
fn patches_are_merged_by_the_rules_of_their_fields() {
    let live =
        json!({ "parts": [{ "name": "a", "x": 1 }, { "name": "b" }], "tags": ["t", "u"], "other": [1] });
    let cases = [
        (
            json!({ "parts": [{ "name": "a", "y": 2 }] }),
            "parts",
            json!([{ "name": "a", "x": 1, "y": 2 }, { "name": "b" }]),
        ),
        (
            json!({ "parts": [{ "name": "c" }] }),
            "parts",
            json!([{ "name": "c" }, { "name": "a", "x": 1 }, { "name": "b" }]),
        ),
        (json!({ "parts": [{ "name": "a", "$patch": "delete" }] }), "parts", json!([{ "name": "b" }])),
        (
            json!({ "parts": [{ "$patch": "replace" }, { "name": "z", "n": null }] }),
            "parts",
            json!([{ "name": "z" }]),
        ),
        (
            json!({ "$setElementOrder/parts": [{ "name": "b" }, { "name": "a" }] }),
            "parts",
            json!([{ "name": "b" }, { "name": "a", "x": 1 }]),
        ),
        (
            json!({ "$setElementOrder/parts": [{ "name": "b" }, { "name": "n" }], "parts": [{ "name": "n" }] }),
            "parts",
            json!([{ "name": "a", "x": 1 }, { "name": "b" }, { "name": "n" }]),
        ),
        (
            // A new element takes the place of a deleted one.
            json!({
                "$setElementOrder/parts": [{ "name": "n" }],
                "parts": [{ "name": "a", "$patch": "delete" }, { "name": "n" }],
            }),
            "parts",
            json!([{ "name": "b" }, { "name": "n" }]),
        ),
        (json!({ "tags": ["u", "v"] }), "tags", json!(["t", "u", "v"])),
        (json!({ "$deleteFromPrimitiveList/tags": ["t"] }), "tags", json!(["u"])),
        (json!({ "$setElementOrder/tags": ["u", "t"] }), "tags", json!(["u", "t"])),
        (json!({ "other": [2] }), "other", json!([2])),
        (json!({ "other": null }), "other", Value::Null),
        (json!({ "new": { "a": null, "b": { "$patch": "delete" }, "c": 1 } }), "new", json!({ "c": 1 })),
        (json!({ "$retainKeys": ["tags"], "tags": ["w"] }), "parts", Value::Null),
        (json!({ "$patch": "replace", "k": 1 }), "tags", Value::Null),
        (json!({ "$patch": "delete" }), "tags", Value::Null),
    ];
    for (patch, field, expected) in cases {
        let merged = strategic(&live, &patch, &schema()).unwrap();
        assert_eq!(merged[field], expected, "{patch}");
    }
}

#[test]
fn patches_that_cannot_be_carried_out_are_refused() {
    let live = json!({ "parts": [{ "name": "a" }], "tags": ["t"] });
    let cases = [
        (json!([1]), 400, "json: cannot unmarshal array into Go value of type map[string]interface {}"),
        (json!({ "parts": [{ "x": 1 }] }), 500, "map: map[x:1] does not contain declared merge key: name"),
        (json!({ "$patch": "x", "a": 1 }), 500, "unknown patch type: x in map: map[$patch:x a:1]"),
        (
            json!({ "parts": [{ "name": "a", "$patch": "merge" }] }),
            500,
            "merging lists cannot yet be specified in the patch",
        ),
        (json!({ "$deleteFromPrimitiveList": [1] }), 400, "invalid patch format of primitive list"),
        (json!({ "$setElementOrder": [1] }), 400, "invalid patch format of setElementOrder list"),
        (json!({ "$retainKeys": ["x"], "tags": ["w"] }), 400, "invalid patch format of retainKeys"),
        (json!({ "$retainKeys": 7 }), 400, "invalid patch format of retainKeys"),
        (json!({ "tags": [["x"]] }), 500, "list element types are not identical: [[t] [[x]]]"),
    ];
    for (patch, code, message) in cases {
        let refusal = strategic(&live, &patch, &schema()).unwrap_err();
        assert_eq!((refusal.code, refusal.message.as_str()), (code, message), "{patch}");
    }
}
