//! The committed schemas, and the documents

use serde_json::{Value, json};

use super::*;
use crate::kind::{Custom, Kind, ResourceKey, Source};

fn server() -> ApiServer {
    ApiServer::new(1, "2026-11-25T10:00:00Z".parse().expect("a time"))
}

fn with_custom(written: Value) -> ApiServer {
    let mut server = server();
    let secret = crate::built_in::ALL.iter().find(|kind| kind.kind == "Secret").expect("a kind");
    let custom =
        Custom { written: written.into(), selectable: vec!["spec.mode".to_owned()], ..Custom::default() };
    server.kinds.insert(Kind {
        key: ResourceKey::new("heal.example.com", "healers"),
        group: "heal.example.com".into(),
        kind: "Healer".to_owned(),
        list_kind: "HealerList".to_owned(),
        subresources: vec!["scale".to_owned()],
        source: Source::Custom(custom.into()),
        ..Kind::of_built_in(secret, Arc::default())
    });
    server
}

fn ask(server: &ApiServer, path: &str, known: &str) -> Response {
    let request = Request::get(path).header("if-none-match", known).body(Vec::new()).expect("a request");
    crate::discovery::answer(server, &request).expect("an answer")
}

fn read(server: &ApiServer, path: &str) -> Value {
    serde_json::from_slice(&ask(server, path, "").body).expect("JSON")
}

fn header<'a>(response: &'a Response, name: &str) -> Option<&'a str> {
    response.headers.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
}

/// All references below a place
fn references(node: &Value, found: &mut Vec<String>) {
    match node {
        Value::Object(fields) => {
            for (name, field) in fields {
                match field.as_str() {
                    Some(text) if name == "$ref" => found.push(text.trim_start_matches(REFERENCE).to_owned()),
                    _ => references(field, found),
                }
            }
        }
        Value::Array(elements) => elements.iter().for_each(|element| references(element, found)),
        _ => {}
    }
}

#[test]
fn every_built_in_kind_has_its_schema() {
    for kind in Kinds::built_in().iter() {
        let known: Vec<&str> = kind.schema.properties.keys().map(String::as_str).collect();
        assert!(known.contains(&"metadata"), "{}: {known:?}", kind.kind);
    }
}

#[test]
fn documents_are_whole() {
    let server = with_custom(json!({ "type": "object" }));
    for path in read(&server, "/openapi/v3")["paths"].as_object().expect("paths").keys() {
        let document = read(&server, &format!("/openapi/v3/{path}"));
        let mut found = Vec::new();
        references(&document, &mut found);
        let known = &document["components"]["schemas"];
        assert!(!found.is_empty());
        for name in found {
            assert!(known.get(&name).is_some(), "{path}: {name:?}");
        }
    }
}

#[test]
fn a_document_is_sent_once_for_each_hash() {
    let server = server();
    let index = read(&server, "/openapi/v3");
    let address = index["paths"]["apis/apps/v1"]["serverRelativeURL"].as_str().expect("an address");
    let whole = ask(&server, address, "");
    let tag = header(&whole, "ETag").expect("a tag");
    assert_eq!(header(&whole, "Cache-Control"), Some("public, immutable"));
    let again = ask(&server, address, tag);
    assert_eq!((again.status.as_u16(), again.body.len()), (304, 0));
    let other = ask(&server, "/openapi/v3/apis/apps/v1?hash=0", "");
    assert_eq!((other.status.as_u16(), header(&other, "Location")), (301, Some(address)));
    assert_eq!(ask(&server, "/openapi/v3/apis/apps/v2", "").status, 404);
}

#[test]
fn patches_say_that_they_know_dry_runs_and_unknown_fields() {
    let document = read(&server(), "/openapi/v3/apis/apps/v1");
    let patch = &document["paths"]["/apis/apps/v1/namespaces/{namespace}/deployments/{name}"]["patch"];
    let names: Vec<&str> = patch["parameters"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|parameter| parameter["name"].as_str())
        .collect();
    assert_eq!(names, ["dryRun", "fieldManager", "fieldValidation", "force"]);
    assert_eq!(patch["operationId"], "patchAppsV1NamespacedDeployment");
    assert_eq!(patch["x-kubernetes-group-version-kind"]["kind"], "Deployment");
}

#[test]
fn a_custom_kind_is_shown_with_the_fields_of_all_objects() {
    let server = with_custom(json!({
        "type": "object",
        "properties": {
            "spec": {
                "type": "object",
                "properties": {
                    "port": { "x-kubernetes-int-or-string": true, "nullable": false },
                    "template": { "type": "object", "x-kubernetes-embedded-resource": true },
                },
            },
        },
    }));
    let document = read(&server, "/openapi/v3/apis/heal.example.com/v1");
    let schemas = &document["components"]["schemas"];
    let healer = &schemas["com.example.heal.v1.Healer"];
    let metadata = "#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";
    assert_eq!(healer["properties"]["metadata"]["allOf"][0]["$ref"], metadata);
    assert_eq!(
        healer["x-kubernetes-group-version-kind"],
        json!([{ "group": "heal.example.com", "version": "v1", "kind": "Healer" }])
    );
    assert_eq!(healer["x-kubernetes-selectable-fields"], json!([{ "fieldPath": "spec.mode" }]));
    let spec = &healer["properties"]["spec"]["properties"];
    assert_eq!(
        spec["port"],
        json!({ "x-kubernetes-int-or-string": true, "anyOf": [{ "type": "integer" }, { "type": "string" }] })
    );
    assert_eq!(spec["template"]["required"], json!(["kind", "apiVersion"]));
    assert_eq!(schemas["com.example.heal.v1.HealerList"]["required"], json!(["items"]));
    let scale = &document["paths"]["/apis/heal.example.com/v1/namespaces/{namespace}/healers/{name}/scale"];
    assert_eq!(scale["get"]["x-kubernetes-group-version-kind"]["kind"], "Healer");
}

#[test]
fn a_custom_kind_without_a_schema_has_no_known_fields() {
    let document = read(&with_custom(Value::Null), "/openapi/v3/apis/heal.example.com/v1");
    let healer = &document["components"]["schemas"]["com.example.heal.v1.Healer"];
    assert_eq!(healer.get("properties"), None);
}
