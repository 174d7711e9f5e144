//! Requests and their answers, on a bare server
//!
//! It owns the way through the parts; the rules of each part are tested beside it.

mod answers;
mod fuzz;
mod hostile;

use http::Request;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::{ApiServer, Poll, Response, User};

/// A server with its time
pub(crate) struct Bench {
    pub(crate) server: ApiServer,
    pub(crate) now: Timestamp,
}

impl Bench {
    pub(crate) fn new() -> Self {
        let now = "2026-11-25T10:00:00Z".parse().unwrap();
        let mut server = ApiServer::new(1, now);
        server.run_controllers(now);
        Self { server, now }
    }

    pub(crate) fn send(&mut self, method: &str, path: &str, kind: &str, body: &[u8]) -> Response {
        let request = Request::builder().method(method).uri(path).header("content-type", kind);
        let request = request.header("user-agent", "bench/1").body(body.to_vec()).unwrap();
        let response = self.server.handle(&request, &User::default(), self.now);
        self.server.run_controllers(self.now);
        response
    }

    /// Code and body of an answer
    pub(crate) fn ask(&mut self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let kind = match method {
            "PATCH" => "application/merge-patch+json",
            _ => "application/json",
        };
        let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        let response = self.send(method, path, kind, &body);
        let value = serde_json::from_slice(&response.body).unwrap_or(Value::Null);
        (response.status.as_u16(), value)
    }

    pub(crate) fn get(&mut self, path: &str) -> (u16, Value) {
        self.ask("GET", path, &Value::Null)
    }
}

const MAPS: &str = "/api/v1/namespaces/default/configmaps";

fn map(name: &str) -> Value {
    json!({ "metadata": { "name": name }, "data": { "a": "1" } })
}

fn events(poll: &Poll) -> Vec<(String, String)> {
    let read = |frame: &Vec<u8>| {
        let event: Value = serde_json::from_slice(frame).unwrap();
        let name = event["object"]["metadata"]["name"].as_str().unwrap_or_default().to_owned();
        (event["type"].as_str().unwrap().to_owned(), name)
    };
    poll.frames.iter().map(read).collect()
}

#[test]
fn an_object_is_made_read_changed_and_deleted() {
    let mut bench = Bench::new();
    let (code, made) = bench.ask("POST", MAPS, &map("a"));
    assert_eq!((code, &made["kind"]), (201, &json!("ConfigMap")), "{made}");
    assert_eq!(made["metadata"]["creationTimestamp"], "2026-11-25T10:00:00Z");
    let (code, again) = bench.ask("POST", MAPS, &map("a"));
    assert_eq!((code, &again["reason"]), (409, &json!("AlreadyExists")));
    let path = format!("{MAPS}/a");
    assert_eq!(bench.get(&path), (200, made.clone()));

    let (code, patched) = bench.ask("PATCH", &path, &json!({ "data": { "b": "2" } }));
    assert_eq!((code, &patched["data"]), (200, &json!({ "a": "1", "b": "2" })));
    let (code, same) = bench.ask("PATCH", &path, &json!({ "data": { "b": "2" } }));
    assert_eq!((code, &same), (200, &patched), "a patch that changes nothing");
    let (code, stale) = bench.ask("PUT", &path, &made);
    assert_eq!((code, &stale["reason"]), (409, &json!("Conflict")), "{stale}");

    let (code, gone) = bench.ask("DELETE", &path, &Value::Null);
    assert_eq!((code, &gone["status"]), (200, &json!("Success")));
    assert_eq!(bench.get(&path).0, 404);
    assert_eq!(bench.get("/api/v1/nonsense").0, 404);
}

#[test]
fn a_list_comes_in_pages_of_one_state() {
    let mut bench = Bench::new();
    for name in ["a", "b", "c"] {
        bench.ask("POST", MAPS, &map(name));
    }
    let names = |list: &Value| -> Vec<String> {
        let items = list["items"].as_array().unwrap().iter();
        items.map(|item| item["metadata"]["name"].as_str().unwrap().to_owned()).collect()
    };
    let own = "labelSelector=!nothing&fieldSelector=metadata.name!=kube-root-ca.crt";
    let (_, first) = bench.get(&format!("{MAPS}?limit=2&{own}"));
    assert_eq!(names(&first), ["a", "b"]);
    bench.ask("DELETE", &format!("{MAPS}/c"), &Value::Null);
    bench.ask("POST", MAPS, &map("d"));
    let next = first["metadata"]["continue"].as_str().unwrap();
    let (_, second) = bench.get(&format!("{MAPS}?limit=2&{own}&continue={next}"));
    assert_eq!(names(&second), ["c"], "as it was when the list began");
    assert_eq!(second["metadata"]["resourceVersion"], first["metadata"]["resourceVersion"]);
    assert!(second["items"][0].get("kind").is_none());
    bench.server.forget_history();
    bench.ask("POST", MAPS, &map("e"));
    assert_eq!(bench.get(&format!("{MAPS}?limit=2&{own}&continue={next}")).0, 410);
}

#[test]
fn a_watch_tells_what_is_there_and_then_every_change() {
    let mut bench = Bench::new();
    bench.ask("POST", MAPS, &map("a"));
    let own = "fieldSelector=metadata.name!=kube-root-ca.crt&timeoutSeconds=60&allowWatchBookmarks=true";
    let mut watch = *bench.send("GET", &format!("{MAPS}?watch=1&{own}"), "", b"").watch.unwrap();
    let poll = bench.server.poll(&mut watch, bench.now);
    assert_eq!(events(&poll), [("ADDED".into(), "a".into())]);
    bench.ask("PATCH", &format!("{MAPS}/a"), &json!({ "data": { "b": "2" } }));
    bench.ask("POST", "/api/v1/namespaces/kube-system/configmaps", &map("elsewhere"));
    bench.ask("DELETE", &format!("{MAPS}/a"), &Value::Null);
    let poll = bench.server.poll(&mut watch, bench.now);
    assert_eq!(events(&poll), [("MODIFIED".into(), "a".into()), ("DELETED".into(), "a".into())]);
    assert!(!poll.ended);
    bench.ask("POST", "/api/v1/namespaces/kube-system/configmaps", &map("other"));
    let end = bench.now + SignedDuration::from_secs(60);
    let poll = bench.server.poll(&mut watch, poll.again.unwrap());
    assert_eq!(events(&poll), [("BOOKMARK".into(), String::new())]);
    assert!(bench.server.poll(&mut watch, end).ended);
}

#[test]
fn a_watch_from_the_past_replays_or_is_refused_in_the_stream() {
    let mut bench = Bench::new();
    let (_, made) = bench.ask("POST", MAPS, &map("a"));
    let version = made["metadata"]["resourceVersion"].as_str().unwrap().to_owned();
    bench.ask("POST", MAPS, &map("b"));
    let path = format!("{MAPS}?watch=1&resourceVersion={version}");
    let mut watch = *bench.send("GET", &path, "", b"").watch.unwrap();
    assert_eq!(events(&bench.server.poll(&mut watch, bench.now)), [("ADDED".into(), "b".into())]);
    bench.server.forget_history();
    bench.ask("POST", MAPS, &map("c"));
    let response = bench.send("GET", &path, "", b"");
    assert_eq!(response.status, 200);
    let poll = bench.server.poll(&mut response.watch.unwrap(), bench.now);
    let told: Value = serde_json::from_slice(&poll.frames[0]).unwrap();
    assert_eq!((&told["type"], &told["object"]["code"], poll.ended), (&json!("ERROR"), &json!(410), true));
}

#[test]
fn what_cannot_be_read_or_done_is_refused_in_the_words_of_a_real_server() {
    let mut bench = Bench::new();
    bench.ask("POST", MAPS, &map("a"));
    let one = format!("{MAPS}/a");
    let (merge, json) = ("application/merge-patch+json", "application/json");
    let steps = "application/json-patch+json";
    let array = "json: cannot unmarshal array into Go value of type";
    let step = r#"[{"op":"replace","path":"/data/new","value":"x"}]"#;
    let other = r#"{"metadata":{"name":"a","uid":"x"}}"#;
    let uid = "StorageError: invalid object, Code: 4, Key: /registry/configmaps/default/a, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: x,";
    for (method, path, kind, body, code, words) in [
        ("POST", MAPS, json, "[]", 400, array),
        ("POST", MAPS, json, "[]", 400, "(5b5d)"),
        ("POST", MAPS, json, "{", 400, "json parse error: unexpected end of JSON input ({)"),
        ("POST", MAPS, json, "", 400, "unexpected end of JSON input (<empty>)"),
        ("PUT", &one, json, "{}", 400, "the name of the object (a based on URL) was undeterminable"),
        ("PUT", &one, json, other, 409, uid),
        ("PATCH", &one, merge, "{", 400, "invalid JSON patch"),
        ("PATCH", &one, merge, "[]", 400, "array into Go value of type map[string]interface {}"),
        ("PATCH", &one, merge, r#"{"metadata":{"namespace":"b"}}"#, 400, "does not match the namespace"),
        ("PATCH", &one, steps, "{}", 400, "object into Go value of type []handlers.jsonPatchOp"),
        ("PATCH", &one, steps, step, 200, r#""new":"x""#),
        ("PATCH", &one, json, "{}", 415, "415: Unsupported Media Type"),
        ("POST", &one, json, "{}", 405, r#""details":{}"#),
    ] {
        let response = bench.send(method, path, kind, body.as_bytes());
        let told = String::from_utf8(response.body).unwrap();
        assert_eq!(response.status.as_u16(), code, "{method} {kind} {body}: {told}");
        assert!(told.contains(words), "{method} {kind} {body}: {told}");
    }
}

/// Where it is found out: behind validation, and in the store, which a dry run does not reach
#[test]
fn an_object_with_a_version_is_not_created_but_passes_a_dry_run() {
    let mut bench = Bench::new();
    let mut create = |query: &str, name: &str, version: &str| {
        let mut object = map(name);
        object["metadata"]["resourceVersion"] = version.into();
        let (code, answer) = bench.ask("POST", &format!("{MAPS}{query}"), &object);
        (code, answer["message"].as_str().unwrap_or_default().to_owned())
    };
    let refused = (500, "resourceVersion should not be set on objects to be created".to_owned());
    assert_eq!(create("", "m", "5"), refused);
    assert_eq!(create("?dryRun=All", "m", "5"), (201, String::new()));
    assert_eq!(create("", "_", "5").0, 422);
    assert_eq!(create("", "m", "0").0, 201);
}
