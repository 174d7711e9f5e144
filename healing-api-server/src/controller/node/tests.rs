//! Nodes that report, stop and come back, on a clock that is moved by hand
//!
//! It owns the cases of nodes and of the pods on them.

use serde_json::{Value, json};

use crate::delete::DeleteOptions;
use crate::fixture::{self, after, get, noon, put};
use crate::meta::{Meta, micros, seconds};
use crate::server::ApiServer;

/// A node that is ready and reports at this second
fn report(server: &mut ApiServer, name: &str, secs: i64) {
    let at = after(secs);
    let condition = json!({
        "type": "Ready", "status": "True", "reason": "KubeletReady",
        "lastHeartbeatTime": seconds(at), "lastTransitionTime": seconds(at),
    });
    let old = get(server, "nodes", name);
    let mut node = json!({ "metadata": { "name": name }, "spec": {} });
    if let Some(old) = old {
        node["spec"] = old["spec"].clone();
    }
    node["status"] = json!({ "conditions": [condition] });
    put(server, "nodes", node);
    renew(server, name, secs);
    server.run_controllers(at);
}

fn renew(server: &mut ApiServer, name: &str, secs: i64) {
    let lease = json!({
        "metadata": { "name": name, "namespace": "kube-node-lease" },
        "spec": { "holderIdentity": name, "renewTime": micros(after(secs)) },
    });
    put(server, "leases", lease);
    server.run_controllers(after(secs));
}

fn pod(server: &mut ApiServer, name: &str, node: &str, tolerated_secs: Option<i64>) {
    let toleration = json!({
        "key": "node.kubernetes.io/unreachable", "operator": "Exists", "effect": "NoExecute",
        "tolerationSeconds": tolerated_secs,
    });
    put(
        server,
        "pods",
        json!({
            "metadata": { "name": name, "generation": 1 },
            "spec": { "nodeName": node, "terminationGracePeriodSeconds": 30, "tolerations": [toleration] },
            "status": { "phase": "Running", "conditions": [{ "type": "Ready", "status": "True" }] },
        }),
    );
}

fn delete_pod(server: &mut ApiServer, name: &str, secs: i64) {
    let pods = fixture::resource(server, "pods");
    let pod = get(server, "pods", name).expect("it is there");
    let key = (pod.namespace().to_owned(), name.to_owned());
    server.delete_object(&pods, &key, &DeleteOptions::default(), after(secs)).expect("it is there");
    server.run_controllers(after(secs));
}

/// The taints of a node, such as `unreachable:NoExecute`
fn taints(server: &ApiServer, node: &str) -> String {
    let node = get(server, "nodes", node).expect("a node");
    let taints = node["spec"]["taints"].as_array().cloned().unwrap_or_default();
    let text = |taint: &Value, field: &str| taint[field].as_str().unwrap_or_default().to_owned();
    let told = taints.iter().map(|taint| {
        let key = text(taint, "key");
        format!("{}:{}", key.trim_start_matches("node.kubernetes.io/"), text(taint, "effect"))
    });
    told.collect::<Vec<_>>().join(" ")
}

fn conditions(server: &ApiServer, plural: &str, name: &str) -> String {
    let object = get(server, plural, name).expect("it is there");
    let all = object["status"]["conditions"].as_array().cloned().unwrap_or_default();
    let text = |condition: &Value, field: &str| condition[field].as_str().unwrap_or_default().to_owned();
    let told = all.iter().map(|condition| {
        format!("{}={}/{}", text(condition, "type"), text(condition, "status"), text(condition, "reason"))
    });
    told.collect::<Vec<_>>().join(" ")
}

/// Moves the clock second by second
fn run(server: &mut ApiServer, from: i64, to: i64) {
    for secs in from..=to {
        server.run_controllers(after(secs));
    }
}

#[test]
fn a_node_that_is_silent_is_given_up_and_its_pods_go_after_their_toleration() {
    let mut server = fixture::server();
    report(&mut server, "a", 0);
    report(&mut server, "b", 0);
    pod(&mut server, "short", "a", Some(20));
    pod(&mut server, "long", "a", Some(300));
    pod(&mut server, "ever", "a", None);
    pod(&mut server, "other", "b", Some(1));
    for secs in (10..=60).step_by(10) {
        run(&mut server, secs - 9, secs);
        assert_eq!(taints(&server, "a").is_empty(), secs < 50, "at {secs}");
        renew(&mut server, "b", secs);
    }
    assert_eq!(
        conditions(&server, "nodes", "a"),
        "Ready=Unknown/NodeStatusUnknown MemoryPressure=Unknown/NodeStatusNeverUpdated DiskPressure=Unknown/NodeStatusNeverUpdated PIDPressure=Unknown/NodeStatusNeverUpdated"
    );
    assert_eq!(taints(&server, "a"), "unreachable:NoSchedule unreachable:NoExecute");
    assert_eq!(taints(&server, "b"), "");
    for (name, ready) in [("short", "False"), ("ever", "False"), ("other", "True")] {
        assert_eq!(conditions(&server, "pods", name), format!("Ready={ready}/"), "{name}");
    }
    run(&mut server, 61, 80);
    let gone = get(&server, "pods", "short").expect("nobody ends it");
    assert_eq!(
        gone.meta("deletionTimestamp"),
        seconds(after(100)),
        "20 s after the taint, and 30 s of grace"
    );
    assert_eq!(
        conditions(&server, "pods", "short"),
        "Ready=False/ DisruptionTarget=True/DeletionByTaintManager"
    );
    assert!(!get(&server, "pods", "long").expect("it is there").is_terminating());
    report(&mut server, "a", 90);
    assert_eq!(taints(&server, "a"), "");
    for secs in (100..400).step_by(20) {
        run(&mut server, secs - 9, secs);
        renew(&mut server, "a", secs);
        renew(&mut server, "b", secs);
    }
    assert!(!get(&server, "pods", "long").expect("it is there").is_terminating(), "the node came back");
}

#[test]
fn pods_that_leave_a_node_that_is_out_of_service_are_ended() {
    let mut server = fixture::server();
    report(&mut server, "a", 0);
    report(&mut server, "b", 0);
    for (name, node) in [("leaves", "a"), ("stays", "a"), ("elsewhere", "b")] {
        pod(&mut server, name, node, None);
    }
    let fence = |server: &mut ApiServer, name: &str, secs: i64| {
        let mut node = Value::clone(&get(server, "nodes", name).expect("a node"));
        // the toleration of these pods is for another taint, so that it ends none of them
        let taint = json!({ "key": "node.kubernetes.io/out-of-service", "effect": "NoSchedule" });
        node["spec"]["taints"] = json!([taint]);
        put(server, "nodes", node);
        server.run_controllers(after(secs));
    };
    let run = |server: &mut ApiServer, from: i64, to: i64| {
        for secs in from..=to {
            renew(server, "b", secs);
        }
    };
    run(&mut server, 1, 60);
    delete_pod(&mut server, "leaves", 60);
    delete_pod(&mut server, "elsewhere", 60);
    run(&mut server, 61, 99);
    fence(&mut server, "a", 100);
    fence(&mut server, "b", 100);
    run(&mut server, 101, 119);
    assert!(get(&server, "pods", "leaves").expect("nobody looked yet").is_terminating());
    run(&mut server, 120, 120);
    assert_eq!(get(&server, "pods", "leaves"), None);
    assert!(get(&server, "pods", "stays").is_some(), "nobody deleted it");
    delete_pod(&mut server, "stays", 130);
    run(&mut server, 131, 150);
    assert_eq!(get(&server, "pods", "stays"), None);
    assert!(get(&server, "pods", "elsewhere").is_some(), "its node is well, whatever its taints say");
}

#[test]
fn pods_are_left_alone_when_too_many_nodes_are_silent() {
    for (nodes, silent, ends) in [(1, 1, false), (2, 1, true), (4, 1, true), (5, 4, false), (3, 3, false)] {
        let mut server = fixture::server();
        for node in 0..nodes {
            report(&mut server, &format!("n{node}"), 0);
        }
        for secs in (10..=90).step_by(10) {
            run(&mut server, secs - 9, secs);
            for node in silent..nodes {
                renew(&mut server, &format!("n{node}"), secs);
            }
        }
        let expected =
            if ends { "unreachable:NoSchedule unreachable:NoExecute" } else { "unreachable:NoSchedule" };
        assert_eq!(taints(&server, "n0"), expected, "{silent} of {nodes}");
    }
}

#[test]
fn nodes_lose_their_pods_one_after_the_other() {
    let mut server = fixture::server();
    for node in ["a", "b", "c", "d"] {
        report(&mut server, node, 0);
    }
    renew(&mut server, "c", 30);
    renew(&mut server, "d", 30);
    run(&mut server, 30, 50);
    let tainted = |server: &ApiServer| ["a", "b"].map(|node| taints(server, node).contains("NoExecute"));
    assert_eq!(tainted(&server), [true, false]);
    run(&mut server, 51, 59);
    assert_eq!(tainted(&server), [true, false]);
    run(&mut server, 60, 60);
    assert_eq!(tainted(&server), [true, true]);
}

#[test]
fn taints_follow_the_conditions() {
    for (spec, conditions, expected) in [
        (
            json!({ "taints": [{ "key": "node.kubernetes.io/not-ready", "effect": "NoSchedule" }] }),
            json!([]),
            "",
        ),
        (json!({ "unschedulable": true }), json!([]), "unschedulable:NoSchedule"),
        (json!({}), json!([{ "type": "DiskPressure", "status": "True" }]), "disk-pressure:NoSchedule"),
        (
            json!({ "taints": [{ "key": "mine", "effect": "NoSchedule" }] }),
            json!([{ "type": "Ready", "status": "False" }]),
            "mine:NoSchedule not-ready:NoSchedule",
        ),
        (
            json!({ "taints": [{ "key": "node.kubernetes.io/unreachable", "effect": "NoExecute" }] }),
            json!([{ "type": "Ready", "status": "True" }]),
            "",
        ),
    ] {
        let mut server = fixture::server();
        let node =
            json!({ "metadata": { "name": "a" }, "spec": spec, "status": { "conditions": conditions } });
        put(&mut server, "nodes", node);
        server.run_controllers(noon());
        assert_eq!(taints(&server, "a"), expected);
    }
}

#[test]
fn a_taint_of_somebody_else_ends_pods_too() {
    let mut server = fixture::server();
    report(&mut server, "a", 0);
    pod(&mut server, "p", "a", Some(300));
    let mut node = Value::clone(&get(&server, "nodes", "a").expect("a node"));
    node["spec"]["taints"] = json!([{ "key": "mine", "effect": "NoExecute" }]);
    put(&mut server, "nodes", node);
    server.run_controllers(noon());
    assert!(get(&server, "pods", "p").expect("it has time").is_terminating());
}

#[test]
fn pods_of_a_node_that_does_not_exist_are_ended() {
    let mut server = fixture::server();
    report(&mut server, "a", 0);
    pod(&mut server, "p", "a", None);
    pod(&mut server, "q", "nowhere", None);
    run(&mut server, 0, 39);
    assert!(get(&server, "pods", "q").is_some());
    run(&mut server, 40, 40);
    assert!(get(&server, "pods", "q").is_none());
    let nodes = fixture::resource(&server, "nodes");
    let options = DeleteOptions::default();
    server.delete_object(&nodes, &(String::new(), "a".to_owned()), &options, after(40)).expect("it is there");
    run(&mut server, 41, 79);
    assert!(get(&server, "pods", "p").is_some());
    report(&mut server, "a", 79);
    run(&mut server, 80, 100);
    assert!(get(&server, "pods", "p").is_some(), "the node is there again");
}

#[test]
fn a_node_that_never_reports_is_given_a_minute() {
    let mut server = fixture::server();
    put(&mut server, "nodes", json!({ "metadata": { "name": "a" } }));
    run(&mut server, 0, 58);
    assert_eq!(conditions(&server, "nodes", "a"), "");
    run(&mut server, 59, 60);
    assert!(conditions(&server, "nodes", "a").starts_with("Ready=Unknown/NodeStatusNeverUpdated"));
}
