//! The rules of `tests/cel/*.json`, with the answers of a real API server

mod hostile;

use serde_json::{Value, json};

use crate::{FieldError, Schema};

const PLACE: &str = "spec.validation.openAPIV3Schema";

fn cases(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn lines(errors: &[FieldError]) -> Vec<String> {
    let line =
        |error: &FieldError| format!("{}|{}|{}", error.reason.as_cause(), error.place(), error.message());
    let mut lines: Vec<_> = errors.iter().map(line).collect();
    lines.sort();
    lines
}

fn recorded(case: &Value, answer: &str) -> Vec<String> {
    let mut lines: Vec<_> =
        case[answer].as_array().unwrap().iter().map(|line| line.as_str().unwrap().to_owned()).collect();
    lines.sort();
    lines
}

/// The schema of a case, put where the CRD of the recording has it
fn schema_of(cases: &Value, case: &Value) -> Value {
    let shared = case["schema"].as_str().map(|name| &cases["schemas"][name]);
    let mut schema = shared.map_or(&case["schema"], |shared| shared.get("schema").unwrap_or(shared)).clone();
    if let Some(rules) = case.get("rules") {
        schema["x-kubernetes-validations"] = rules.clone();
    }
    if case.get("root").is_some() {
        return schema;
    }
    let name = case["name"].as_str().unwrap();
    json!({"type": "object", "properties": {"spec": {"type": "object", "properties": {name: schema}}}})
}

/// The objects of a case, after and before
fn objects_of(cases: &Value, case: &Value) -> (Value, Option<Value>) {
    let name = case["name"].as_str().unwrap();
    let object = |value: &Value| {
        let mut object =
            if case.get("root").is_some() { value.clone() } else { json!({"spec": {name: value}}) };
        object["apiVersion"] = "cel.example.com/v1".into();
        object["kind"] = "Case".into();
        object["metadata"]["name"] = name.to_lowercase().into();
        object
    };
    let new = case.get("new").unwrap_or_else(|| &cases["schemas"][case["schema"].as_str().unwrap()]["new"]);
    (object(new), case.get("old").map(object))
}

fn report(differences: &[String]) {
    assert!(differences.is_empty(), "{} differences\n{}", differences.len(), differences.join("\n"));
}

fn difference(case: &Value, ours: &[String], theirs: &[String]) -> Option<String> {
    let rules = case.get("rules").unwrap_or(&case["schema"]);
    let list = |lines: &[String]| lines.join("\n         ");
    (ours != theirs)
        .then(|| format!("{}: {rules}\n  ours   {}\n  theirs {}", case["name"], list(ours), list(theirs)))
}

#[test]
fn rules_say_what_the_server_says() {
    let cases = cases(include_str!("../../tests/cel/rules.json"));
    let mut differences = Vec::new();
    for case in cases["cases"].as_array().unwrap() {
        let schema =
            Schema::parse(&schema_of(&cases, case)).unwrap_or_else(|errors| panic!("{case}: {errors:?}"));
        differences.extend(difference(case, &lines(&super::compile_at(&schema, PLACE)), &[]));
        let (new, old) = objects_of(&cases, case);
        differences.extend(difference(
            case,
            &lines(&super::check(&schema, &new, old.as_ref())),
            &recorded(case, "errors"),
        ));
    }
    report(&differences);
}

#[test]
fn rules_are_accepted_as_the_server_accepts_them() {
    let cases = cases(include_str!("../../tests/cel/acceptance.json"));
    let mut differences = Vec::new();
    for case in cases["cases"].as_array().unwrap() {
        let ours = match Schema::parse_at(&schema_of(&cases, case), PLACE) {
            Ok(schema) => super::compile_at(&schema, PLACE),
            Err(errors) => errors,
        };
        differences.extend(difference(case, &lines(&ours), &recorded(case, "errors")));
    }
    report(&differences);
}

/// Made by chance from the words of CEL, with mistakes among them
#[test]
fn random_rules_say_what_the_server_says() {
    let cases = cases(include_str!("../../tests/cel/random.json"));
    let mut differences = Vec::new();
    for case in cases["cases"].as_array().unwrap() {
        let schema =
            Schema::parse(&schema_of(&cases, case)).unwrap_or_else(|errors| panic!("{case}: {errors:?}"));
        let refused = case.get("refused").is_some();
        let offered = lines(&super::compile_at(&schema, PLACE));
        differences.extend(difference(
            case,
            &offered,
            &if refused { recorded(case, "refused") } else { Vec::new() },
        ));
        if !refused {
            let (new, _) = objects_of(&cases, case);
            differences.extend(difference(
                case,
                &lines(&super::check(&schema, &new, None)),
                &recorded(case, "errors"),
            ));
        }
    }
    report(&differences);
}
