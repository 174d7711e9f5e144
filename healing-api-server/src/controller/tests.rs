//! The controllers as tables: a world and what was done to it in, what is left of it out
//!
//! It owns the cases of the controllers that act at once. Those of nodes have their own file.

use serde_json::{Value, json};

use crate::delete::{DeleteOptions, Propagation};
use crate::fixture::{self, after, bare_server, get, noon, put, resource};
use crate::meta::Meta;
use crate::server::ApiServer;

/// An owner reference; the UID is the name
fn owner(kind: &str, name: &str, blocks: bool) -> Value {
    json!({
        "apiVersion": "heal.example.com/v1", "kind": kind, "name": name, "uid": name,
        "blockOwnerDeletion": blocks,
    })
}

fn owned(name: &str, owners: &[Value]) -> Value {
    json!({ "metadata": { "name": name, "ownerReferences": owners } })
}

fn delete(server: &mut ApiServer, plural: &str, name: &str, propagation: Propagation) {
    let resource = resource(server, plural);
    let namespaced = server.kinds.any_version(&resource).is_some_and(|kind| kind.namespaced);
    let namespace = if namespaced { "ns" } else { "" };
    let key = (namespace.to_owned(), name.to_owned());
    let options = DeleteOptions { propagation: Some(propagation), ..DeleteOptions::default() };
    server.delete_object(&resource, &key, &options, noon()).expect("it is there");
    assert_eq!(server.run_controllers(noon()), None, "the collector waits for nothing");
}

fn names(server: &ApiServer, plural: &str) -> String {
    let all = server.store.list(&resource(server, plural), "");
    all.map(|((_, name), _)| name.as_str()).collect::<Vec<_>>().join(" ")
}

#[test]
fn dependents_go_with_their_owner_by_its_policy() {
    for (policy, left, kept) in [
        (Propagation::Background, "", false),
        (Propagation::Foreground, "", false),
        (Propagation::Orphan, "blocking free grandchild", true),
    ] {
        let mut server = bare_server();
        put(&mut server, "healers", json!({ "metadata": { "name": "top" } }));
        put(&mut server, "configmaps", owned("free", &[owner("Healer", "top", false)]));
        put(&mut server, "configmaps", owned("blocking", &[owner("Healer", "top", true)]));
        let map = json!({
            "apiVersion": "v1", "kind": "ConfigMap", "name": "free", "uid": "free", "blockOwnerDeletion": true,
        });
        put(&mut server, "configmaps", owned("grandchild", &[map]));
        server.run_controllers(noon());
        assert_eq!(names(&server, "configmaps"), "blocking free grandchild");
        delete(&mut server, "healers", "top", policy);
        assert_eq!((names(&server, "healers").as_str(), names(&server, "configmaps").as_str()), ("", left));
        if kept {
            let free = get(&server, "configmaps", "free").expect("it is kept");
            assert!(free.owners().is_empty(), "{free}");
        }
    }
}

#[test]
fn an_owner_in_the_foreground_waits_for_those_that_block_it() {
    let mut server = bare_server();
    put(&mut server, "healers", json!({ "metadata": { "name": "top" } }));
    let mut held = owned("held", &[owner("Healer", "top", true)]);
    held["metadata"]["finalizers"] = json!(["x/y"]);
    put(&mut server, "configmaps", held);
    put(&mut server, "configmaps", owned("free", &[owner("Healer", "top", false)]));
    server.run_controllers(noon());
    delete(&mut server, "healers", "top", Propagation::Foreground);
    assert_eq!((names(&server, "healers"), names(&server, "configmaps")), ("top".into(), "held".into()));
    let mut held = Value::clone(&get(&server, "configmaps", "held").expect("it is held"));
    held["metadata"]["finalizers"] = json!([]);
    let maps = resource(&server, "configmaps");
    assert!(server.finish_if_free(&maps, &("ns".to_owned(), "held".to_owned()), &held, false));
    server.run_controllers(noon());
    assert_eq!(names(&server, "healers"), "");
}

#[test]
fn a_finalizer_of_the_owner_keeps_its_dependents_in_the_background() {
    let mut server = bare_server();
    put(&mut server, "healers", json!({ "metadata": { "name": "top", "finalizers": ["x/y"] } }));
    put(&mut server, "configmaps", owned("a", &[owner("Healer", "top", true)]));
    server.run_controllers(noon());
    delete(&mut server, "healers", "top", Propagation::Background);
    assert_eq!(names(&server, "configmaps"), "a");
}

#[test]
fn owners_that_do_not_exist_keep_nothing() {
    let there = owner("Healer", "top", false);
    let mut old = there.clone();
    old["uid"] = "old".into();
    let unknown = json!({ "apiVersion": "what/v1", "kind": "Ever", "name": "x", "uid": "x" });
    let clinic = owner("Clinic", "clinic", false);
    for (owners, left) in [
        (vec![there.clone()], Some(1)),
        (vec![owner("Healer", "nobody", false)], None),
        (vec![old.clone()], None),
        (vec![old.clone(), there.clone()], Some(1)),
        (vec![unknown.clone()], Some(1)),
        (vec![unknown, old], Some(2)),
        (vec![clinic.clone()], Some(1)),
    ] {
        let mut server = bare_server();
        put(&mut server, "healers", json!({ "metadata": { "name": "top" } }));
        put(&mut server, "clinics", json!({ "metadata": { "name": "clinic" } }));
        server.run_controllers(noon());
        put(&mut server, "configmaps", owned("a", &owners));
        server.run_controllers(noon());
        let found = get(&server, "configmaps", "a").map(|object| object.owners().len());
        assert_eq!(found, left, "{owners:?}");
    }
    // an owner in another namespace is none; one in a namespace is none for an object of the cluster, and left alone
    let mut server = bare_server();
    put(&mut server, "healers", json!({ "metadata": { "name": "top", "namespace": "other" } }));
    put(&mut server, "configmaps", owned("a", std::slice::from_ref(&there)));
    put(&mut server, "clinics", owned("clinic", std::slice::from_ref(&there)));
    put(&mut server, "events", owned("event", &[owner("Healer", "nobody", false)]));
    server.run_controllers(noon());
    assert_eq!((names(&server, "configmaps").as_str(), names(&server, "clinics").as_str()), ("", "clinic"));
    assert_eq!(names(&server, "events"), "event", "events are nobody's");
}

#[test]
fn two_that_wait_for_each_other_both_go() {
    let mut server = bare_server();
    let mut one = owned("one", &[owner("Healer", "two", true)]);
    one["metadata"]["generation"] = 1.into();
    put(&mut server, "healers", one);
    put(&mut server, "healers", owned("two", &[owner("Healer", "one", true)]));
    server.run_controllers(noon());
    delete(&mut server, "healers", "one", Propagation::Foreground);
    assert_eq!(names(&server, "healers"), "");
}

#[test]
fn the_collector_costs_what_happened_and_not_what_is_stored() {
    let mut server = bare_server();
    put(&mut server, "healers", json!({ "metadata": { "name": "top" } }));
    for number in 0..2000 {
        put(&mut server, "configmaps", owned(&format!("m{number}"), &[owner("Healer", "top", true)]));
        server.run_controllers(noon());
    }
    // a server that starts anew has lost its index, and builds it again
    server.store.compact();
    put(&mut server, "healers", json!({ "metadata": { "name": "other" } }));
    server.store.compact();
    delete(&mut server, "healers", "top", Propagation::Foreground);
    assert_eq!((names(&server, "healers").as_str(), names(&server, "configmaps").as_str()), ("other", ""));
}

#[test]
fn each_namespace_has_an_account_and_a_certificate() {
    let mut server = fixture::server();
    assert_eq!(
        names(&server, "namespaces"),
        "default kube-node-lease kube-public kube-system ns",
        "what every cluster has, and ours"
    );
    let count = |server: &ApiServer, plural: &str| server.store.list(&resource(server, plural), "").count();
    assert_eq!((count(&server, "serviceaccounts"), count(&server, "configmaps")), (5, 5));
    delete(&mut server, "configmaps", "kube-root-ca.crt", Propagation::Background);
    delete(&mut server, "serviceaccounts", "default", Propagation::Background);
    assert_eq!((count(&server, "serviceaccounts"), count(&server, "configmaps")), (5, 5));
    server.set_certificate_authority("PEM", noon());
    let map = get(&server, "configmaps", "kube-root-ca.crt").expect("it is there");
    assert_eq!(map["data"]["ca.crt"], "PEM");
}

fn end(server: &mut ApiServer, name: &str) {
    let resource = resource(server, "namespaces");
    let key = (String::new(), name.to_owned());
    server.delete_object(&resource, &key, &DeleteOptions::default(), noon()).expect("it is there");
}

#[test]
fn a_namespace_ends_after_five_seconds_with_all_that_is_in_it() {
    let mut server = fixture::server();
    put(&mut server, "healers", json!({ "metadata": { "name": "a" } }));
    put(&mut server, "events", json!({ "metadata": { "name": "e" } }));
    end(&mut server, "ns");
    assert_eq!(server.run_controllers(noon()), Some(after(5)));
    assert!(get(&server, "healers", "a").is_some(), "it is given time");
    let refusal = server.admit_namespace("ns", &kind(&server, "healers"), "b").expect_err("it ends");
    let message = "healers.heal.example.com \"b\" is forbidden: unable to create new content in namespace ns because it is being terminated";
    assert_eq!((refusal.code, refusal.message.as_str()), (403, message));
    assert_eq!(refusal.details["causes"][0]["reason"], "NamespaceTerminating");
    assert_eq!(server.run_controllers(after(5)), None);
    assert!(get(&server, "namespaces", "ns").is_none());
    assert_eq!(names(&server, "healers") + &names(&server, "events"), "");
    let refusal = server.admit_namespace("ns", &kind(&server, "healers"), "b").expect_err("it is gone");
    assert_eq!((refusal.code, refusal.message.as_str()), (404, "namespaces \"ns\" not found"));
    assert!(server.admit_namespace("default", &kind(&server, "healers"), "b").is_ok());
}

fn kind(server: &ApiServer, plural: &str) -> crate::kind::Kind {
    let kind = server.kinds.any_version(&resource(server, plural)).cloned().expect("a kind");
    (*kind).clone()
}

#[test]
fn a_namespace_that_cannot_end_says_why() {
    let mut server = fixture::server();
    put(&mut server, "healers", json!({ "metadata": { "name": "a", "finalizers": ["x/y"] } }));
    end(&mut server, "ns");
    server.run_controllers(noon());
    // its own conditions are a change, after which the real controller looks again as well
    assert_eq!(server.run_controllers(after(5)), Some(after(10)));
    let namespace = get(&server, "namespaces", "ns").expect("it is held");
    let conditions = namespace["status"]["conditions"].as_array().expect("conditions");
    let told: Vec<String> = conditions
        .iter()
        .map(|condition| format!("{}={} {}", condition["type"], condition["status"], condition["message"]))
        .collect();
    assert_eq!(
        told.join("\n").replace('"', ""),
        "NamespaceDeletionDiscoveryFailure=False All resources successfully discovered
NamespaceDeletionGroupVersionParsingFailure=False All legacy kube types successfully parsed
NamespaceDeletionContentFailure=False All content successfully deleted, may be waiting on finalization
NamespaceContentRemaining=True Some resources are remaining: healers.heal.example.com has 1 resource instances
NamespaceFinalizersRemaining=True Some content in the namespace has finalizers remaining: x/y in 1 resource instances"
    );
    assert_eq!(server.run_controllers(after(10)), Some(after(18)), "half of fifteen seconds, and one");
    let mut free = Value::clone(&get(&server, "healers", "a").expect("it is held"));
    free["metadata"].as_object_mut().expect("metadata").remove("finalizers");
    let key = ("ns".to_owned(), "a".to_owned());
    let healers = resource(&server, "healers");
    assert!(server.finish_if_free(&healers, &key, &free, false));
    server.run_controllers(after(18));
    assert!(get(&server, "namespaces", "ns").is_none());
}

#[test]
fn a_namespace_waits_for_its_pods_before_all_else() {
    let mut server = fixture::server();
    put(
        &mut server,
        "pods",
        json!({
            "metadata": { "name": "p" },
            "spec": { "nodeName": "n", "terminationGracePeriodSeconds": 30 }, "status": { "phase": "Running" },
        }),
    );
    put(&mut server, "healers", json!({ "metadata": { "name": "a" } }));
    end(&mut server, "ns");
    server.run_controllers(noon());
    server.run_controllers(after(5));
    assert!(get(&server, "healers", "a").is_some(), "pods first");
    let pods = resource(&server, "pods");
    let now_gone = DeleteOptions { grace: Some(0), ..DeleteOptions::default() };
    server.delete_object(&pods, &("ns".to_owned(), "p".to_owned()), &now_gone, after(6)).expect("it ends");
    assert_eq!(server.run_controllers(after(6)), Some(after(10)));
    server.run_controllers(after(10));
    assert!(get(&server, "namespaces", "ns").is_none());
}

#[test]
fn a_budget_counts_what_its_pods_controllers_want() {
    for (spec, expected) in [
        (json!({ "minAvailable": 1 }), [2, 1, 2, 1]),
        (json!({ "minAvailable": "50%" }), [4, 2, 2, 0]),
        (json!({ "maxUnavailable": 1 }), [4, 3, 2, 0]),
        (json!({ "maxUnavailable": "60%" }), [4, 1, 2, 1]),
        (json!({}), [0, 0, 2, 0]),
    ] {
        let mut server = fixture::server();
        let controller = json!({
            "apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "set", "uid": "set", "controller": true,
        });
        put(&mut server, "replicasets", json!({ "metadata": { "name": "set" }, "spec": { "replicas": 4 } }));
        for (name, ready) in [("a", "True"), ("b", "True"), ("c", "False")] {
            put(
                &mut server,
                "pods",
                json!({
                    "metadata": { "name": name, "labels": { "app": "x" }, "ownerReferences": [controller] },
                    "spec": { "nodeName": "n" },
                    "status": { "phase": "Running", "conditions": [{ "type": "Ready", "status": ready }] },
                }),
            );
        }
        let mut spec = spec.clone();
        spec["selector"] =
            json!({ "matchExpressions": [{ "key": "app", "operator": "In", "values": ["x"] }] });
        put(
            &mut server,
            "poddisruptionbudgets",
            json!({ "metadata": { "name": "b", "generation": 1 }, "spec": spec }),
        );
        server.run_controllers(noon());
        let expected = if spec["minAvailable"] == 1 { [3, 1, 2, 1] } else { expected };
        let budget = get(&server, "poddisruptionbudgets", "b").expect("it is there");
        let status = &budget["status"];
        let found = ["expectedPods", "desiredHealthy", "currentHealthy", "disruptionsAllowed"]
            .map(|field| status[field].as_i64().unwrap_or(-1));
        assert_eq!(found, expected, "{spec}");
        let reason = if expected[3] > 0 { "SufficientPods" } else { "InsufficientPods" };
        assert_eq!(status["conditions"][0]["reason"], reason);
        assert_eq!(status["observedGeneration"], 1);
        let before = server.store.revision();
        server.run_controllers(after(1));
        assert_eq!(server.store.revision(), before, "what is counted as before is not written");
    }
}

#[test]
fn a_budget_that_cannot_be_counted_allows_nothing() {
    let mut server = fixture::server();
    let mut pod = owned(
        "p",
        &[json!({
            "apiVersion": "v1", "kind": "ConfigMap", "name": "m", "uid": "m", "controller": true,
        })],
    );
    put(&mut server, "configmaps", json!({ "metadata": { "name": "m" } }));
    pod["metadata"]["labels"] = json!({ "app": "x" });
    put(&mut server, "pods", pod);
    put(
        &mut server,
        "poddisruptionbudgets",
        json!({ "metadata": { "name": "b" }, "spec": { "maxUnavailable": 1, "selector": {} } }),
    );
    server.run_controllers(noon());
    let budget = get(&server, "poddisruptionbudgets", "b").expect("it is there");
    let condition = &budget["status"]["conditions"][0];
    assert_eq!(condition["reason"], "SyncFailed");
    assert_eq!(condition["message"], "configmaps does not implement the scale subresource");
    assert_eq!(budget["status"]["disruptionsAllowed"], 0);
}

#[test]
fn a_pod_that_was_to_go_and_did_not_is_told_so() {
    let mut server = fixture::server();
    let condition = json!({
        "type": "DisruptionTarget", "status": "True", "reason": "EvictionByEvictionAPI",
        "lastTransitionTime": "2026-11-25T10:00:00Z",
    });
    put(&mut server, "pods", json!({ "metadata": { "name": "p" }, "status": { "conditions": [condition] } }));
    let due = server.run_controllers(noon());
    assert_eq!(due, Some("2026-11-25T10:02:00Z".parse().expect("a time")));
    server.run_controllers(after(120));
    let pod = get(&server, "pods", "p").expect("it is there");
    assert_eq!(pod["status"]["conditions"][0]["status"], "False");
    assert_eq!(server.run_controllers(after(121)), None);
}
