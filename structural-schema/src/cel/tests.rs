//! The rules of `tests/cel/rules.json`, with the answers of a real API server

use serde_json::{Value, json};

use crate::Schema;

fn cases() -> Value {
    serde_json::from_str(include_str!("../../tests/cel/rules.json")).unwrap()
}

/// The schema and the objects of a case, put where the CRD of the recording has them
fn set_up(cases: &Value, case: &Value) -> (Value, Value, Option<Value>) {
    let name = case["name"].as_str().unwrap();
    let shared = case["schema"].as_str().map(|name| &cases["schemas"][name]);
    let mut schema = shared.map_or(&case["schema"], |shared| &shared["schema"]).clone();
    if let Some(rules) = case.get("rules") {
        schema["x-kubernetes-validations"] = rules.clone();
    }
    let root = case.get("root").is_some();
    let object = |value: &Value| {
        let mut object = if root { value.clone() } else { json!({"spec": {name: value}}) };
        let (kind, version) = ("Case", "cel.example.com/v1");
        object["apiVersion"] = version.into();
        object["kind"] = kind.into();
        object["metadata"]["name"] = name.to_lowercase().into();
        object
    };
    if !root {
        schema = json!({"type": "object", "properties": {"spec": {"type": "object", "properties": {name: schema}}}});
    }
    let new = case.get("new").unwrap_or_else(|| &shared.unwrap()["new"]);
    (schema, object(new), case.get("old").map(object))
}

#[test]
fn rules_say_what_the_server_says() {
    let cases = cases();
    let mut differences = Vec::new();
    for case in cases["cases"].as_array().unwrap() {
        let (schema, new, old) = set_up(&cases, case);
        let schema = Schema::parse(&schema).unwrap_or_else(|errors| panic!("{case}: {errors:?}"));
        let errors = super::check(&schema, &new, old.as_ref());
        let mut ours: Vec<String> = errors
            .iter()
            .map(|error| format!("{}|{}|{}", error.reason.as_cause(), error.place(), error.message()))
            .collect();
        let mut theirs: Vec<String> = case["errors"]
            .as_array()
            .unwrap()
            .iter()
            .map(|error| error.as_str().unwrap().to_owned())
            .collect();
        ours.sort();
        theirs.sort();
        if ours != theirs {
            differences.push(format!(
                "{}\n  rule   {}\n  ours   {ours:?}\n  theirs {theirs:?}",
                case["name"], case["rules"]
            ));
        }
    }
    assert!(differences.is_empty(), "{} differences\n{}", differences.len(), differences.join("\n"));
}
