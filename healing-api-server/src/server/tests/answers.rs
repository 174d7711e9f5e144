//! Answers to requests that a real server refuses, ignores or takes in another way than one would think
//!
//! It owns one row a rule. The rules themselves are where they are tested at more length.

use serde_json::{Value, json};

use super::{Bench, MAPS, map};

const DEPLOYMENTS: &str = "/apis/apps/v1/namespaces/default/deployments";

#[test]
fn what_a_patch_makes_wrong_is_told_with_what_it_made() {
    let mut bench = Bench::new();
    bench.ask("POST", MAPS, &map("a"));
    let one = format!("{MAPS}/a");
    let strict = format!("{one}?fieldValidation=Strict");
    let (merge, steps) = ("application/merge-patch+json", "application/json-patch+json");
    let strategic = "application/strategic-merge-patch+json";
    let made = r#"Invalid value: \"{\\\"apiVersion\\\":\\\"v1\\\",\\\"data\\\":{\\\"a\\\":5},\\\"kind\\\":\\\"ConfigMap\\\",\\\"metadata\\\":{\\\"name\\\":\\\"a\\\",\\\"namespace\\\":\\\"default\\\",\\\"uid\\\":"#;
    for (path, kind, body, code, words) in [
        (&one, merge, r#"{"data":{"a":5}}"#, 422, made),
        (&one, steps, r#"[{"op":"replace","path":"/data/a","value":5}]"#, 422, made),
        (&one, strategic, r#"{"data":{"a":5}}"#, 422, r#"Invalid value: \"map[data:map[a:5]]\""#),
        (&strict, merge, r#"{"junk":1}"#, 422, r#"strict decoding error: unknown field \"junk\""#),
        (&strict, strategic, r#"{"junk":1}"#, 422, r#"map[junk:1]\": strict decoding error: unknown field"#),
        (
            &strict,
            steps,
            r#"[{"op":"test","path":"/data/a","value":"1","x":1}]"#,
            422,
            r#"json patch unknown field \"[0].x\""#,
        ),
        (&one, merge, "null", 400, "Invalid JSON Patch"),
        (&one, steps, "null", 200, "ConfigMap"),
        (&one, strategic, "null", 200, "ConfigMap"),
        (&one, steps, r#"[{"op":"nonsense","path":"/a"}]"#, 422, "due to an error in our request"),
        (&one, steps, r#"[{"op":5}]"#, 400, "number into Go struct field jsonPatchOp.op of type string"),
        (&one, steps, "[5]", 400, "number into Go value of type handlers.jsonPatchOp"),
        (&one, merge, r#"{"kind":"Secret","data":{"a":"v"}}"#, 422, "illegal base64 data at input byte 0"),
        (&one, merge, r#"{"metadata":{"resourceVersion":"x"}}"#, 500, r#"parsing \"x\": invalid syntax"#),
        (&one, merge, r#"{"metadata":{"creationTimestamp":"2020-01-01T00:00:00Z"}}"#, 200, "2026-11-25"),
    ] {
        let response = bench.send("PATCH", path, kind, body.as_bytes());
        let told = String::from_utf8(response.body).unwrap();
        assert_eq!(response.status.as_u16(), code, "{kind} {body}: {told}");
        assert!(told.contains(words), "{kind} {body}: {told}");
    }
}

#[test]
fn what_an_apply_makes_has_to_be_of_its_kind() {
    let mut bench = Bench::new();
    let body = br#"{"apiVersion":"v1","kind":"Secret","metadata":{"name":"a"},"data":{"a":"?"}}"#;
    let path = "/api/v1/namespaces/default/secrets/a?fieldManager=m";
    let response = bench.send("PATCH", path, "application/apply-patch+yaml", body);
    let told: Value = serde_json::from_slice(&response.body).unwrap();
    assert_eq!((response.status.as_u16(), &told["reason"]), (500, &Value::Null));
    assert_eq!(
        told["message"],
        "failed to convert new object (/a; /v1, Kind=Secret) to proper version: unable to convert unstructured object to /v1, Kind=Secret: error decoding from json: illegal base64 data at input byte 0"
    );
}

#[test]
fn a_scale_is_read_as_its_type_and_its_unknown_fields_are_told() {
    let mut bench = Bench::new();
    let containers = json!([{ "name": "c", "image": "i" }]);
    let template = json!({ "metadata": { "labels": { "a": "b" } }, "spec": { "containers": containers } });
    let spec = json!({ "selector": { "matchLabels": { "a": "b" } }, "template": template });
    assert_eq!(bench.ask("POST", DEPLOYMENTS, &json!({ "metadata": { "name": "a" }, "spec": spec })).0, 201);
    let scale = format!("{DEPLOYMENTS}/a/scale");
    let merge = "application/merge-patch+json";
    for (method, kind, body, code, words) in [
        ("PATCH", merge, r#"{"spec":{"replicas":"x"}}"#, 422, r#"\\\"spec\\\":{\\\"replicas\\\":\\\"x\\\"}"#),
        ("PATCH", merge, r#"{"spec":{"replicas":-1}}"#, 422, "Scale.autoscaling"),
        ("PATCH", merge, r#"{"metadata":{"uid":"x"},"spec":{"replicas":3}}"#, 200, r#""replicas":3"#),
        (
            "PUT",
            "",
            r#"{"metadata":{"name":"a"},"spec":{"replicas":"x"}}"#,
            400,
            "cannot be handled as a Scale",
        ),
        ("PUT", "", r#"{"kind":"Pod","apiVersion":"v1"}"#, 400, "Pod in version"),
    ] {
        let response = bench.send(method, &scale, kind, body.as_bytes());
        let told = String::from_utf8(response.body).unwrap();
        assert_eq!(response.status.as_u16(), code, "{body}: {told}");
        assert!(told.contains(words), "{body}: {told}");
    }
    let response = bench.send("PATCH", &scale, merge, br#"{"spec":{"junk":1}}"#);
    assert_eq!(response.warnings, [r#"unknown field "spec.junk""#]);
}

#[test]
fn one_object_is_not_watched_by_its_name_but_by_the_older_path() {
    let mut bench = Bench::new();
    bench.ask("POST", MAPS, &map("a"));
    let (code, object) = bench.get(&format!("{MAPS}/a?watch=true"));
    assert_eq!((code, &object["kind"]), (200, &json!("ConfigMap")));
    let older = "/api/v1/watch/namespaces/default/configmaps/a";
    assert!(bench.send("GET", older, "", b"").watch.is_some());
    assert_eq!(bench.ask("DELETE", older, &Value::Null).0, 405);
}

#[test]
fn a_watch_without_initial_events_begins_with_now() {
    let mut bench = Bench::new();
    bench.ask("POST", MAPS, &map("a"));
    let path = format!("{MAPS}?watch=1&sendInitialEvents=false&resourceVersionMatch=NotOlderThan");
    let mut watch = *bench.send("GET", &path, "", b"").watch.unwrap();
    assert_eq!(super::events(&bench.server.poll(&mut watch, bench.now)), []);
}

#[test]
fn a_name_that_was_made_up_has_no_owner() {
    let mut bench = Bench::new();
    let (code, made) =
        bench.ask("POST", "/api/v1/namespaces", &json!({ "metadata": { "generateName": "a-" } }));
    assert_eq!(
        (code, &made["metadata"]["labels"]["kubernetes.io/metadata.name"]),
        (201, &made["metadata"]["name"])
    );
    let owned = &made["metadata"]["managedFields"][0]["fieldsV1"];
    assert_eq!(*owned, json!({ "f:metadata": { "f:generateName": {} } }));
}

#[test]
fn forms_that_an_object_or_a_list_cannot_have_are_refused() {
    let mut bench = Bench::new();
    bench.ask("POST", MAPS, &map("a"));
    let one = format!("{MAPS}/a");
    let nonsense = format!("{one}?includeObject=x");
    for (path, form, code, words) in [
        (&one, "PartialObjectMetadataList;v=v1", 406, "not a list (*core.ConfigMap)"),
        (&MAPS.to_owned(), "PartialObjectMetadata;v=v1", 406, "is a list (*core.ConfigMapList)"),
        (&one, "PartialObjectMetadata;v=v1beta1", 200, "meta.k8s.io/v1beta1"),
        (&one, "Table;v=v1beta1", 200, r#""apiVersion":"meta.k8s.io/v1beta1""#),
        (&nonsense, "Table;v=v1", 400, "must be 'Metadata', 'Object', 'None', or empty"),
        (&nonsense, "PartialObjectMetadata;v=v1", 200, "PartialObjectMetadata"),
    ] {
        let accept = format!("application/json;g=meta.k8s.io;as={form}");
        let request = http::Request::builder().uri(path).header("accept", &accept).body(Vec::new()).unwrap();
        let response = bench.server.handle(&request, &crate::User::default(), bench.now);
        let told = String::from_utf8(response.body).unwrap();
        assert_eq!(response.status.as_u16(), code, "{path} {accept}: {told}");
        assert!(told.contains(words), "{path} {accept}: {told}");
    }
}
