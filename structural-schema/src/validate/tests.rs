//! What is wrong with objects, in the words and order of the API server: `answers.json` holds what a real one (1.37.2)
//! answered; where its order is random, it stands there in ours

use serde_json::{Value, json};

use crate::schema::Schema;
use crate::{default, prune, undecodable, validate};

/// Reads an object as a request does: unknown fields go, defaults come
fn read(schema: &Schema, object: &Value) -> (Value, Vec<String>) {
    let mut object = object.clone();
    let meta = json!({"apiVersion": "example.com/v1", "kind": "Thing", "metadata": {"name": "x"}});
    for (name, value) in meta.as_object().expect("a map") {
        let fields = object.as_object_mut().expect("an object");
        fields.entry(name.clone()).or_insert_with(|| value.clone());
    }
    let unknown = prune(schema, &mut object);
    default(schema, &mut object);
    (object, unknown)
}

#[test]
fn objects_are_read_and_judged_as_by_a_real_server() {
    let answers: Value = serde_json::from_str(include_str!("answers.json")).expect("JSON");
    for answer in answers.as_array().expect("a list") {
        let schema = Schema::parse(&answer["schema"]);
        let schema = schema.unwrap_or_else(|errors| panic!("{answer}: {errors:?}"));
        let (mut new, unknown) = read(&schema, &answer["new"]);
        let old = answer.get("old").map(|old| read(&schema, old).0);
        let errors: Vec<_> = validate(&schema, &new, old.as_ref()).iter().map(ToString::to_string).collect();
        assert_eq!(json!(errors), answer["errors"], "{answer}");
        assert_eq!(json!(unknown), *answer.get("unknown").unwrap_or(&json!([])), "{answer}");
        if let Some(expected) = answer.get("object") {
            for name in ["apiVersion", "kind", "metadata"] {
                new.as_object_mut().expect("an object").remove(name);
            }
            assert_eq!(new, *expected, "{answer}");
        }
    }
}

#[test]
fn an_embedded_kind_that_is_no_text_cannot_be_decoded() {
    let embedded = json!({
        "type": "object", "x-kubernetes-embedded-resource": true, "x-kubernetes-preserve-unknown-fields": true,
    });
    let schema = json!({"type": "object", "properties": {"spec": embedded}});
    let schema = Schema::parse(&schema).unwrap_or_else(|errors| panic!("{errors:?}"));
    let object = json!({"spec": {"apiVersion": 1, "kind": "K"}});
    let error = undecodable(&schema, &object).map(|error| error.to_string());
    assert_eq!(error.as_deref(), Some("spec.apiVersion: Invalid value: 1: must be a string"));
}
