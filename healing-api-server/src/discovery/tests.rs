//! What a server tells of itself, asked as clients ask

use std::sync::Arc;

use serde_json::Value;

use super::*;
use crate::kind::{Custom, Kind, Source};

fn server() -> ApiServer {
    let mut server = ApiServer::new(1, "2026-11-25T10:00:00Z".parse().expect("a time"));
    for (version, subresources) in [("v1beta1", &[][..]), ("v1", &["scale", "status"])] {
        server.kinds.insert(healer(version, subresources, false));
    }
    server
}

fn healer(version: &str, subresources: &[&str], terminating: bool) -> Kind {
    let secret = crate::built_in::ALL.iter().find(|kind| kind.kind == "Secret").expect("a kind");
    let custom = Custom { terminating, ..Custom::default() };
    Kind {
        key: crate::kind::ResourceKey::new("heal.example.com", "healers"),
        group: "heal.example.com".into(),
        version: version.to_owned(),
        kind: "Healer".to_owned(),
        list_kind: "HealerList".to_owned(),
        singular: "healer".to_owned(),
        short_names: vec!["hl".to_owned()],
        subresources: subresources.iter().map(|name| (*name).to_owned()).collect(),
        source: Source::Custom(custom.into()),
        ..Kind::of_built_in(secret, Arc::default())
    }
}

fn ask(server: &ApiServer, method: &str, path: &str, accept: &str) -> Option<Response> {
    let request = Request::builder().method(method).uri(path).header("accept", accept);
    answer(server, &request.body(Vec::new()).expect("a request"))
}

fn get(path: &str) -> Value {
    let answer = ask(&server(), "GET", path, "").expect("an answer");
    assert_eq!(answer.status, 200, "{path}");
    serde_json::from_slice(&answer.body).expect("JSON")
}

fn texts(list: &Value, field: &str) -> Vec<String> {
    let text = |element: &Value| element[field].as_str().unwrap_or_default().to_owned();
    list.as_array().into_iter().flatten().map(text).collect()
}

#[test]
fn every_path_is_answered_or_left_to_the_verbs() {
    for (method, path, code) in [
        ("GET", "/", 200),
        ("GET", "/version/", 200),
        ("POST", "/version", 405),
        ("GET", "/healthz", 200),
        ("GET", "/readyz/storage", 200),
        ("GET", "/readyz/none", 404),
        ("GET", "/healthz/", 404),
        ("GET", "/api/", 200),
        ("HEAD", "/api/v1", 405),
        ("POST", "/apis", 200),
        ("GET", "/apis/apps", 200),
        ("GET", "/apis/apps/v1/", 200),
        ("GET", "/apis/apps/v2", 404),
        ("GET", "/apis/nope.dev", 404),
        ("GET", "/apis/nope.dev/v1", 404),
        ("GET", "/openapi", 404),
        ("GET", "/openapi/v2", 404),
        ("GET", "/openapi/v3/", 404),
        ("GET", "/metrics", 404),
        ("GET", "//", 404),
    ] {
        let answer = ask(&server(), method, path, "").expect("an answer");
        assert_eq!(answer.status.as_u16(), code, "{method} {path}");
    }
    for path in ["/api/v1/pods", "/apis/apps/v1/namespaces/a/deployments", "/apis/nope.dev/v1/a"] {
        assert!(ask(&server(), "GET", path, "").is_none(), "{path}");
    }
}

#[test]
fn an_unknown_resource_is_told_in_the_way_of_its_group() {
    let told = |path: &str| {
        let request = Request::get(path).body(Vec::new()).expect("a request");
        unknown(&server(), &request).content_type
    };
    assert_eq!(told("/api/v1/nope"), "application/json");
    assert_eq!(told("/apis/apps/v1/nope"), "application/json");
    assert_eq!(told("/apis/heal.example.com/v1/nope"), "text/plain; charset=utf-8");
}

#[test]
fn resources_are_listed_with_their_parts() {
    let list = get("/apis/heal.example.com/v1");
    assert_eq!(texts(&list["resources"], "name"), ["healers", "healers/status", "healers/scale"]);
    assert_eq!(list["resources"][2]["group"], "autoscaling");
    assert_eq!(list["resources"][0]["verbs"][0], "delete");
    let core = get("/api/v1");
    let names = texts(&core["resources"], "name");
    let pods: Vec<&String> = names.iter().filter(|name| name.starts_with("pods")).collect();
    assert_eq!(pods, ["pods", "pods/binding", "pods/eviction", "pods/log", "pods/status"]);
    assert!(names.is_sorted());
    let group = get("/apis/heal.example.com");
    assert_eq!(group["preferredVersion"]["version"], "v1");
    assert_eq!(get("/apis")["groups"][0]["name"], "apps");
}

#[test]
fn a_kind_that_goes_takes_no_new_objects() {
    let kind = healer("v1", &[], true);
    assert_eq!(legacy::verbs(&kind), ["delete", "deletecollection", "get", "list", "watch"]);
}

#[test]
fn everything_is_told_at_once_to_who_wants_it() {
    let (v2, v2beta1) = ["v2", "v2beta1"]
        .map(|version| format!("application/json;g=apidiscovery.k8s.io;v={version};as=APIGroupDiscoveryList"))
        .into();
    let answer =
        ask(&server(), "GET", "/apis", &format!("{v2},{v2beta1},application/json")).expect("an answer");
    assert_eq!(answer.content_type, v2);
    let tag = &answer.headers.iter().find(|(name, _)| *name == "ETag").expect("a tag").1;
    let list: Value = serde_json::from_slice(&answer.body).expect("JSON");
    let custom = list["items"].as_array().and_then(|items| items.last()).expect("a group");
    assert_eq!(texts(&custom["versions"], "version"), ["v1", "v1beta1"]);
    assert_eq!(custom["versions"][0]["resources"][0]["subresources"][0]["responseKind"]["version"], "v1");

    let again = Request::get("/apis").header("accept", &v2).header("if-none-match", tag).body(Vec::new());
    let again = answer_of(&again.expect("a request"));
    assert_eq!((again.status.as_u16(), again.body.len()), (304, 0));

    let older = ask(&server(), "GET", "/apis", &format!("{v2beta1},application/json")).expect("an answer");
    assert_eq!(older.content_type, "application/json");
    assert_eq!(ask(&server(), "GET", "/apis", &v2beta1).expect("an answer").status, 406);
}

fn answer_of(request: &Request<Vec<u8>>) -> Response {
    answer(&server(), request).expect("an answer")
}

#[test]
fn health_tells_its_checks_if_asked() {
    let answer = ask(&server(), "GET", "/readyz?verbose&exclude=storage", "").expect("an answer");
    let text = String::from_utf8(answer.body).expect("text");
    assert_eq!(text, "[+]ping ok\n[+]storage excluded: ok\nreadyz check passed\n");
}

#[test]
fn the_version_is_that_of_the_real_server_and_tells_that_it_is_none() {
    let version = get("/version");
    assert_eq!(version["minor"], "37");
    assert_eq!(version["gitVersion"], "v1.37.2+healing-sandbox");
    // the real one is what the differences are looked for with
    let go_mod = include_str!("../../../tests/control-plane/go.mod");
    assert!(go_mod.contains(&format!("k8s.io/kubernetes {KUBERNETES_VERSION}")));
}

#[test]
fn bindings_are_told_although_nothing_is_stored_of_them() {
    let list = get("/api/v1");
    let first = json!({
        "name": "bindings", "singularName": "binding", "namespaced": true, "kind": "Binding", "verbs": ["create"],
    });
    assert_eq!(list["resources"][0], first);
    assert!(!texts(&get("/apis/apps/v1")["resources"], "name").contains(&"bindings".to_owned()));
}
