//! What is wrong with definitions, in the words of a real API server (1.37.2)

use serde_json::{Value, json};

use super::validate;
use crate::server::tests::Bench;

fn texts(definition: &Value, old: Option<&Value>) -> Vec<String> {
    validate(definition, old).iter().map(ToString::to_string).collect()
}

fn definition(versions: &Value) -> Value {
    json!({"metadata": {"name": "vvs.example.com"}, "spec": {
        "group": "example.com", "scope": "Cluster", "versions": versions,
        "names": {"plural": "vvs", "singular": "vv", "kind": "Vv", "listKind": "VvList"},
    }, "status": {"storedVersions": ["v1"]}})
}

#[test]
fn what_all_versions_say_alike_is_told_once() {
    let good = json!({"openAPIV3Schema": {"type": "object"}});
    let bad = json!({"openAPIV3Schema": {"type": "object", "properties": {"spec": {}}}});
    let v1 = |extra: Value| {
        let mut version = json!({"name": "v1", "served": true, "storage": true, "schema": good});
        for (name, value) in extra.as_object().expect("a map") {
            version[name] = value.clone();
        }
        version
    };
    let v2 = |schema: &Value| json!({"name": "v2", "served": true, "storage": false, "schema": schema});
    let no_type = "properties[spec].type: Required value: must not be empty for specified object fields";
    let scale =
        json!({"subresources": {"scale": {"specReplicasPath": "spec.x", "statusReplicasPath": ".status.r"}}});
    let columns = json!({"additionalPrinterColumns": [{"name": "a", "type": "x", "jsonPath": "y"}]});
    let column = [
        r#"additionalPrinterColumns[0].type: Invalid value: "x": must be one of boolean,date,integer,number,string"#,
        r#"additionalPrinterColumns[0].JSONPath: Invalid value: "y": must be a simple json path starting with ."#,
    ];
    let path = r#"subresources.scale.specReplicasPath: Invalid value: "spec.x": must be a simple json path starting with ."#;
    for (versions, expected) in [
        (json!([v1(json!({"schema": bad})), v2(&bad)]), vec![format!("spec.validation.openAPIV3Schema.{no_type}")]),
        (json!([v1(json!({"schema": bad})), v2(&good)]), vec![format!("spec.versions[0].schema.openAPIV3Schema.{no_type}")]),
        (json!([v1(scale.clone())]), vec![format!("spec.{path}")]),
        (json!([v1(scale.clone()), v2(&good)]), vec![format!("spec.versions[0].{path}")]),
        (json!([v1(columns.clone())]), column.map(|said| format!("spec.{said}")).to_vec()),
        (json!([v1(columns.clone()), v2(&good)]), column.map(|said| format!("spec.versions[0].{said}")).to_vec()),
        (
            json!([v1(json!({"selectableFields": [{"jsonPath": ".spec.x"}]}))]),
            vec![r#"spec.selectableFields[0].jsonPath: Invalid value: ".spec.x": is an invalid path: does not refer to a valid field"#.to_owned()],
        ),
        (
            json!([v1(json!({"schema": null})), v2(&good)]),
            vec!["spec.versions[0].schema.openAPIV3Schema: Required value".to_owned()],
        ),
        (json!([v1(json!({})), v2(&good)]), vec![]),
    ] {
        assert_eq!(texts(&definition(&versions), None), expected, "{versions}");
    }
}

/// A definition with a status and a scale, served
fn served(bench: &mut Bench, spec: &Value) -> String {
    let schema = json!({"type": "object", "properties": {
        "spec": spec,
        "status": {"type": "object", "properties": {"n": {"type": "integer", "minimum": 1}, "replicas": {"x-kubernetes-preserve-unknown-fields": true}}},
    }});
    let scale = json!({"specReplicasPath": ".spec.replicas", "statusReplicasPath": ".status.replicas"});
    let version = json!({
        "name": "v1", "served": true, "storage": true, "schema": {"openAPIV3Schema": schema},
        "subresources": {"status": {}, "scale": scale},
    });
    let mut definition = definition(&json!([version]));
    definition["apiVersion"] = "apiextensions.k8s.io/v1".into();
    definition["kind"] = "CustomResourceDefinition".into();
    let path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
    let (code, answer) = bench.ask("POST", path, &definition);
    assert_eq!(code, 201, "{answer}");
    "/apis/example.com/v1/vvs".to_owned()
}

fn object(extra: &Value) -> Value {
    let mut object = json!({"apiVersion": "example.com/v1", "kind": "Vv", "metadata": {"name": "x"}});
    for (name, value) in extra.as_object().unwrap() {
        object[name] = value.clone();
    }
    object
}

#[test]
fn the_version_of_storage_is_told_and_versions_are_shown_as_the_server_holds_them() {
    let schema = json!({"openAPIV3Schema": {"type": "object"}});
    let version = |name: &str, storage: bool| json!({"name": name, "served": true, "storage": storage, "schema": schema});
    let held = r#""Served":true,"Storage":false,"Deprecated":false,"DeprecationWarning":null,"Schema":null,"Subresources":null,"AdditionalPrinterColumns":null,"SelectableFields":null}"#;
    let one = format!("[{{\"Name\":\"v1\",{held}]");
    let storage = "must have exactly one version marked as storage version";
    let label = "a DNS-1035 label must consist";
    for (versions, stored, expected) in [
        (
            json!(null),
            json!(null),
            vec![
                format!("spec.versions: Invalid value: null: {storage}"),
                "status.storedVersions: Invalid value: null: must have at least one stored version"
                    .to_owned(),
            ],
        ),
        (
            json!([version("v1", false)]),
            json!(["v1"]),
            vec![format!("spec.versions: Invalid value: {one}: {storage}")],
        ),
        (
            json!([version("v1", false), version("v2", true)]),
            json!(["v1"]),
            vec![
                "status.storedVersions: Invalid value: [\"v1\"]: must have the storage version v2".to_owned(),
            ],
        ),
        (
            json!([version("V", true)]),
            json!(["V"]),
            vec![
                format!("spec.versions[0].name: Invalid value: \"V\": {label}"),
                format!("spec.version: Invalid value: \"V\": {label}"),
            ],
        ),
    ] {
        let mut wrong = definition(&versions);
        wrong["status"]["storedVersions"] = stored;
        let said = texts(&wrong, None);
        assert_eq!(said.len(), expected.len(), "{said:?}");
        for (said, expected) in said.iter().zip(&expected) {
            assert!(said.starts_with(expected), "{said}");
        }
    }
}

#[test]
fn rules_are_judged_with_the_schema() {
    let rule = |rule: &str| {
        let spec = json!({"type": "object", "properties": {"a": {"type": "string"}},
            "x-kubernetes-validations": [{"rule": rule}]});
        let schema = json!({"openAPIV3Schema": {"type": "object", "properties": {"spec": spec}}});
        definition(&json!([{"name": "v1", "served": true, "storage": true, "schema": schema}]))
    };
    assert_eq!(texts(&rule("self.a == 'x'"), None), Vec::<String>::new());
    let said = texts(&rule("self.none == 1"), None);
    assert!(said[0].contains("undefined field 'none'"), "{said:?}");
}

#[test]
fn a_definition_gets_the_names_that_are_free() {
    let mut bench = Bench::new();
    let all = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
    for plural in ["firsts", "seconds"] {
        let mut asked = definition(&json!([{"name": "v1", "served": true, "storage": true,
            "schema": {"openAPIV3Schema": {"type": "object"}}}]));
        asked["metadata"]["name"] = format!("{plural}.example.com").into();
        asked["spec"]["names"] = json!({"plural": plural, "kind": "Same"});
        assert_eq!(bench.ask("POST", all, &asked).0, 201);
    }
    let (_, second) = bench.get(&format!("{all}/seconds.example.com"));
    let status = &second["status"];
    assert_eq!(status["acceptedNames"], json!({"plural": "seconds", "kind": ""}));
    assert_eq!(status["conditions"][0]["reason"], "ListKindConflict", "{status}");
}

#[test]
fn the_server_owns_what_it_says_of_a_definition() {
    let mut bench = Bench::new();
    served(&mut bench, &json!({"type": "object"}));
    let (_, all) = bench.get("/apis/apiextensions.k8s.io/v1/customresourcedefinitions");
    let entry = &all["items"][0]["metadata"]["managedFields"][1];
    assert_eq!((&entry["manager"], &entry["subresource"]), (&json!("kube-apiserver"), &json!("status")));
    let conditions = &entry["fieldsV1"]["f:status"]["f:conditions"];
    assert!(conditions["k:{\"type\":\"Established\"}"].is_object(), "{entry}");
}

#[test]
fn a_refusal_warns_of_unknown_fields_too() {
    let mut bench = Bench::new();
    let spec = json!({"type": "object", "properties": {"n": {"type": "integer"}}});
    let path = served(&mut bench, &spec);
    let body = object(&json!({"spec": {"n": "x", "junk": 1}})).to_string();
    let answer = bench.send("POST", &path, "application/json", body.as_bytes());
    assert_eq!(
        (answer.status.as_u16(), answer.warnings),
        (422, vec!["unknown field \"spec.junk\"".to_owned()])
    );
}

#[test]
fn a_status_is_held_against_its_own_schema_and_paths() {
    let mut bench = Bench::new();
    let spec = json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true});
    let path = served(&mut bench, &spec);
    let (code, mut there) = bench.ask("POST", &path, &object(&json!({"spec": {}})));
    assert_eq!(code, 201, "{there}");
    for (status, expected) in [
        (
            json!({"replicas": "a"}),
            vec![
                "Invalid value: 0: .status.replicas accessor error: a is of the type string, expected int64",
            ],
        ),
        (
            json!({"replicas": -1, "n": 0}),
            vec![
                "Invalid value: 0: n in body should be greater than or equal to 1",
                "Invalid value: -1: should be a non-negative integer",
            ],
        ),
    ] {
        there["status"] = status;
        let (code, answer) = bench.ask("PUT", &format!("{path}/x/status"), &there);
        let causes = answer["details"]["causes"].as_array().unwrap().iter();
        let said: Vec<_> = causes.map(|cause| cause["message"].as_str().unwrap()).collect();
        assert_eq!((code, said), (422, expected));
    }
}

#[test]
fn a_definition_that_cannot_be_read_is_refused_and_its_unknown_keywords_go() {
    let mut bench = Bench::new();
    let path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions?dryRun=All";
    let mut send = |field: Value| {
        let schema =
            json!({"type": "object", "properties": {"spec": {"type": "object", "properties": {"f": field}}}});
        let version =
            json!({"name": "v1", "served": true, "storage": true, "schema": {"openAPIV3Schema": schema}});
        let mut definition = definition(&json!([version]));
        definition["apiVersion"] = "apiextensions.k8s.io/v1".into();
        definition["kind"] = "CustomResourceDefinition".into();
        let answer = bench.send("POST", path, "application/json", definition.to_string().as_bytes());
        let body: Value = serde_json::from_slice(&answer.body).unwrap();
        (answer.status.as_u16(), body["message"].clone(), answer.warnings)
    };
    let said = r#"CustomResourceDefinition in version "v1" cannot be handled as a CustomResourceDefinition: json: cannot unmarshal array into Go struct field JSONSchemaProps.spec.versions.schema.openAPIV3Schema.properties.properties.type of type string"#;
    assert_eq!(send(json!({"type": ["string", "null"]})), (400, json!(said), vec![]));
    let (code, _, warnings) = send(json!({"type": "integer", "format": "uint32", "const": 1}));
    let unknown =
        r#"unknown field "spec.versions[0].schema.openAPIV3Schema.properties.spec.properties.f.const""#;
    assert_eq!(
        (code, warnings),
        (201, vec![unknown.to_owned(), r#"unrecognized format "uint32""#.to_owned()])
    );
}
