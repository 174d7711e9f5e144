//! Deletion as tables: an object and options in, what is answered and stored out
//!
//! It owns the cases of the verb. Dependents are in the tests of the garbage collector.

use std::sync::Arc;

use serde_json::{Value, json};

use super::*;
use crate::call::{Accept, Query, Target, User, Verb};
use crate::fixture::{self, noon};

/// A server with one object, at revision 1
fn server(plural: &str, mut object: Value) -> ApiServer {
    let mut server = fixture::bare_server();
    let key = resource(plural);
    let namespace = if key.plural.contains("spaces") || key.group.contains("apiext") { "" } else { "ns" };
    object["metadata"]["name"] = "a".into();
    object["metadata"]["uid"] = "U".into();
    object["apiVersion"] = "v1".into();
    if !namespace.is_empty() {
        object["metadata"]["namespace"] = namespace.into();
    }
    server.store.put(&key, (namespace.to_owned(), "a".to_owned()), object);
    server
}

fn resource(plural: &str) -> ResourceKey {
    let group = match plural {
        "healers" => "heal.example.com",
        "customresourcedefinitions" => "apiextensions.k8s.io",
        _ => "",
    };
    ResourceKey::new(group, plural)
}

fn stored<'a>(server: &'a ApiServer, plural: &str) -> Option<&'a Arc<Value>> {
    let found = server.store.list(&resource(plural), "").next();
    found.map(|(_, object)| object)
}

/// Sends a DELETE and gives back the code and the body
fn send(server: &mut ApiServer, plural: &str, query: &str, body: &str) -> (u16, Value) {
    let kind = server.kinds.any_version(&resource(plural)).cloned().expect("a kind");
    let namespace = if kind.namespaced { "ns" } else { "" };
    let call = Call {
        verb: Verb::Delete,
        target: Target {
            group: kind.group().to_owned(),
            version: kind.version.clone(),
            plural: plural.to_owned(),
            namespace: namespace.to_owned(),
            name: "a".to_owned(),
            subresource: String::new(),
        },
        query: Query::parse(query).expect("a query"),
        accept: Accept::default(),
        content_type: "application/json".to_owned(),
        body: body.as_bytes().to_vec(),
        user: User::default(),
        manager: "test".to_owned(),
        now: noon(),
    };
    match server.delete(&kind, &call) {
        Ok(response) => (response.status.as_u16(), serde_json::from_slice(&response.body).expect("a body")),
        Err(refusal) => (refusal.code, refusal.to_value()),
    }
}

#[test]
fn what_has_nothing_to_wait_for_goes_at_once() {
    for (plural, object, shown) in [
        ("healers", json!({}), "Status"),
        ("configmaps", json!({}), "Status"),
        ("pods", json!({ "kind": "Pod" }), "Pod"),
        (
            "pods",
            json!({ "kind": "Pod", "spec": { "nodeName": "n" }, "status": { "phase": "Failed" } }),
            "Pod",
        ),
    ] {
        let mut server = server(plural, object);
        let (code, body) = send(&mut server, plural, "", "");
        assert_eq!((code, &body["kind"]), (200, &json!(shown)), "{plural}: {body}");
        assert!(stored(&server, plural).is_none(), "{plural}");
        if shown == "Status" {
            assert_eq!(body["details"]["uid"], "U");
            assert_eq!(body["details"]["kind"], plural);
            assert_eq!(server.store.revision(), 2);
        } else {
            // a pod is told that it ends, and then is gone
            assert_eq!(body["metadata"]["deletionGracePeriodSeconds"], 0);
            assert_eq!(body["metadata"]["resourceVersion"], "3");
        }
    }
}

#[test]
fn finalizers_hold_an_object_and_a_second_delete_changes_nothing() {
    let object = json!({ "metadata": { "generation": 1, "finalizers": ["x/y"] } });
    let mut server = server("healers", object);
    let (code, first) = send(&mut server, "healers", "", "");
    assert_eq!(code, 200);
    let metadata = &first["metadata"];
    assert_eq!(metadata["deletionTimestamp"], "2026-11-25T10:00:00Z");
    assert_eq!((&metadata["deletionGracePeriodSeconds"], &metadata["generation"]), (&json!(0), &json!(2)));
    let (_, second) = send(&mut server, "healers", "", "");
    assert_eq!(first, second);
    let mut free = Value::clone(stored(&server, "healers").expect("it is held"));
    let key = ("ns".to_owned(), "a".to_owned());
    assert!(!server.finish_if_free(&resource("healers"), &key, &free, false));
    set_finalizers(&mut free, &[]);
    assert!(server.finish_if_free(&resource("healers"), &key, &free, true));
    assert!(stored(&server, "healers").is_some(), "a dry run removes nothing");
    assert!(server.finish_if_free(&resource("healers"), &key, &free, false));
    assert!(stored(&server, "healers").is_none());
}

#[test]
fn the_server_adds_the_finalizers_of_the_policy() {
    for (finalizers, policy, expected) in [
        (json!(["x/y"]), "Foreground", json!(["x/y", "foregroundDeletion"])),
        (json!([]), "Orphan", json!(["orphan"])),
        (json!(["orphan"]), "Foreground", json!(["foregroundDeletion"])),
        (json!(["x/y", "orphan"]), "Background", json!(["x/y"])),
    ] {
        let mut server = server("healers", json!({ "metadata": { "finalizers": finalizers } }));
        let (_, answer) = send(&mut server, "healers", &format!("propagationPolicy={policy}"), "");
        assert_eq!(answer["metadata"]["finalizers"], expected, "{policy}");
    }
    let mut server = server("healers", json!({}));
    let (_, answer) = send(&mut server, "healers", "", r#"{"orphanDependents":true}"#);
    assert_eq!(answer["metadata"]["finalizers"], json!(["orphan"]));
}

#[test]
fn a_bound_pod_has_a_time_to_end_that_only_shrinks() {
    let mut server = server(
        "pods",
        json!({ "metadata": { "generation": 1 }, "spec": { "nodeName": "n", "terminationGracePeriodSeconds": 30 } }),
    );
    let cases = [
        ("", 30, "2026-11-25T10:00:30Z"),
        ("gracePeriodSeconds=60", 30, "2026-11-25T10:00:30Z"),
        ("", 30, "2026-11-25T10:00:30Z"),
        ("gracePeriodSeconds=10", 10, "2026-11-25T10:00:10Z"),
        ("gracePeriodSeconds=-5", 1, "2026-11-25T10:00:01Z"),
    ];
    for (query, grace, end) in cases {
        let (_, answer) = send(&mut server, "pods", query, "");
        let metadata = &answer["metadata"];
        assert_eq!(metadata["deletionGracePeriodSeconds"], grace, "{query}");
        assert_eq!(metadata["deletionTimestamp"], end, "{query}");
        assert_eq!(metadata["generation"], 2, "{query}");
        assert!(stored(&server, "pods").is_some());
    }
    let (_, answer) = send(&mut server, "pods", "gracePeriodSeconds=0", "");
    assert_eq!(answer["metadata"]["deletionGracePeriodSeconds"], 0);
    assert!(stored(&server, "pods").is_none());
}

#[test]
fn preconditions_and_options_are_checked() {
    let uid = "Operation cannot be fulfilled on Healer.heal.example.com \"a\": the UID in the precondition (x) does not match the UID in record (U). The object might have been deleted and then recreated";
    let version = "Operation cannot be fulfilled on Healer.heal.example.com \"a\": the ResourceVersion in the precondition (7) does not match the ResourceVersion in record (1). The object might have been modified";
    let policy = "DeleteOptions.meta.k8s.io \"\" is invalid: propagationPolicy: Unsupported value: \"No\": supported values: \"Foreground\", \"Background\", \"Orphan\", \"nil\"";
    let twice = "DeleteOptions.meta.k8s.io \"\" is invalid: propagationPolicy: Invalid value: \"Orphan\": orphanDependents and deletionPropagation cannot be both set";
    for (body, code, message) in [
        (r#"{"preconditions":{"uid":"x"}}"#, 409, uid),
        (r#"{"preconditions":{"resourceVersion":"7"}}"#, 409, version),
        (r#"{"propagationPolicy":"No"}"#, 422, policy),
        (r#"{"propagationPolicy":"Orphan","orphanDependents":true}"#, 422, twice),
    ] {
        let mut server = server("healers", json!({}));
        let (found, answer) = send(&mut server, "healers", "", body);
        assert_eq!((found, answer["message"].as_str()), (code, Some(message)), "{body}");
        assert_eq!(server.store.revision(), 1);
    }
    for body in ["[]", "{", r#"{"gracePeriodSeconds":"x"}"#, r#"{"kind":"Pod"}"#, r#"{"preconditions":"x"}"#]
    {
        let (code, _) = send(&mut server("healers", json!({})), "healers", "", body);
        assert_eq!(code, 400, "{body}");
    }
}

#[test]
fn a_body_makes_the_query_unheard() {
    for (query, body, gone) in
        [("dryRun=All", "", false), ("dryRun=All", "{}", true), ("", r#"{"dryRun":["All"]}"#, false)]
    {
        for plural in ["healers", "pods"] {
            let mut server = server(plural, json!({}));
            let (code, _) = send(&mut server, plural, query, body);
            assert_eq!((code, stored(&server, plural).is_none()), (200, gone), "{plural} {query} {body}");
        }
    }
}

#[test]
fn namespaces_and_definitions_begin_in_their_own_way() {
    let mut at_first = server("namespaces", json!({ "spec": { "finalizers": ["kubernetes"] } }));
    let (_, answer) = send(&mut at_first, "namespaces", "propagationPolicy=Background", "");
    assert_eq!(answer["status"]["phase"], "Terminating");
    assert!(answer["metadata"].get("deletionGracePeriodSeconds").is_none());
    let (_, again) = send(&mut at_first, "namespaces", "", "");
    assert_eq!(answer, again);
    let (code, refused) = send(&mut at_first, "namespaces", "", r#"{"preconditions":{"uid":"x"}}"#);
    let message = "Operation cannot be fulfilled on namespaces \"a\": Precondition failed: UID in precondition: x, UID in object meta: U";
    assert_eq!((code, refused["message"].as_str()), (409, Some(message)));

    let mut definitions = server("customresourcedefinitions", json!({}));
    let (_, answer) = send(&mut definitions, "customresourcedefinitions", "", "");
    assert_eq!(answer["metadata"]["finalizers"], json!([CUSTOM_CLEANUP]));
    assert_eq!(answer["status"]["conditions"][0]["reason"], "InstanceDeletionPending");
}
