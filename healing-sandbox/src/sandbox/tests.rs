//! What a test author sees: pods that run, fail and go, with no wait in real time
//!
//! The parts have their tests beside them.

use k8s_openapi::api::core::v1::{Node, Pod};
use kube::Api;
use kube::api::{DeleteParams, ListParams, LogParams, Patch, PatchParams, PostParams};
use serde_json::json;

use super::*;
use crate::{FAIL_ANNOTATION, Verb};

fn pod(name: &str) -> Pod {
    let pod = json!({
        "metadata": { "name": name, "labels": { "app": "web" } },
        "spec": { "containers": [{ "name": "app", "image": "nginx" }] },
    });
    serde_json::from_value(pod).unwrap()
}

fn phase(pod: &Pod) -> Option<&str> {
    pod.status.as_ref()?.phase.as_deref()
}

#[tokio::test(start_paused = true)]
async fn a_pod_runs_crashes_and_goes() {
    let sandbox = Sandbox::start(1).await.unwrap();
    let nodes: Api<Node> = Api::all(sandbox.client());
    assert_eq!(nodes.list(&ListParams::default()).await.unwrap().items.len(), 3);
    let pods: Api<Pod> = Api::default_namespaced(sandbox.client());
    pods.create(&PostParams::default(), &pod("web")).await.unwrap();
    sandbox.settle().await;
    let running = pods.get("web").await.unwrap();
    assert_eq!(phase(&running), Some("Running"), "{:?}", running.status);

    let crash = sandbox.fail(Pods::all().named("web"), Failure::CrashLoop);
    sandbox.advance(Duration::from_mins(3)).await;
    let status = pods.get("web").await.unwrap().status.unwrap();
    let restarts = status.container_statuses.unwrap()[0].restart_count;
    assert!(restarts > 2, "{restarts}");
    drop(crash);

    pods.delete("web", &DeleteParams::default()).await.unwrap();
    sandbox.settle().await;
    assert!(pods.get_opt("web").await.unwrap().is_none());
}

#[tokio::test(start_paused = true)]
async fn logs_tell_what_was_simulated() {
    let sandbox = Sandbox::start(1).await.unwrap();
    let pods: Api<Pod> = Api::default_namespaced(sandbox.client());
    pods.create(&PostParams::default(), &pod("web")).await.unwrap();
    sandbox.settle().await;
    let (now, before) = (LogParams::default(), LogParams { previous: true, ..LogParams::default() });
    let first = pods.logs("web", &now).await.unwrap();
    assert_eq!(first, "started: simulated, image nginx\nready\n");
    assert!(pods.logs("web", &before).await.is_err(), "it was never started again");

    let crash = sandbox.fail(Pods::all().named("web"), Failure::ExitNonZero { code: 3 });
    sandbox.settle().await;
    drop(crash);
    let previous = pods.logs("web", &before).await.unwrap();
    assert_eq!(previous, format!("{first}ended: Error, exit code 3\n"));
    let current = pods.logs("web", &now).await.unwrap();
    assert_eq!(current, "started: restart 1, simulated, image nginx\nready\n");
}

fn is_ready(conditions: impl IntoIterator<Item = (String, String)>) -> Option<String> {
    conditions.into_iter().find(|(kind, _)| kind == "Ready").map(|(_, status)| status)
}

/// What the conditions `Ready` of a pod and of its node say
async fn readiness(sandbox: &Sandbox, name: &str) -> (String, String) {
    let pod = Api::<Pod>::default_namespaced(sandbox.client()).get(name).await.unwrap();
    let node = Api::<Node>::all(sandbox.client());
    let node = node.get(pod.spec.as_ref().unwrap().node_name.as_deref().unwrap()).await.unwrap();
    let of_pod = pod.status.unwrap().conditions.unwrap_or_default();
    let of_node = node.status.unwrap().conditions.unwrap_or_default();
    let of_pod = is_ready(of_pod.into_iter().map(|one| (one.type_, one.status)));
    let of_node = is_ready(of_node.into_iter().map(|one| (one.type_, one.status)));
    (of_pod.unwrap(), of_node.unwrap())
}

#[tokio::test(start_paused = true)]
async fn an_annotation_takes_a_node_down() {
    let sandbox = Sandbox::start(1).await.unwrap();
    let pods: Api<Pod> = Api::default_namespaced(sandbox.client());
    let nodes: Api<Node> = Api::all(sandbox.client());
    pods.create(&PostParams::default(), &pod("web")).await.unwrap();
    sandbox.settle().await;
    let node = pods.get("web").await.unwrap().spec.unwrap().node_name.unwrap();
    let (up, down) = (("True", "True"), ("False", "Unknown"));
    for (value, expected) in [
        (json!("dwon"), up),
        (json!("down"), down),
        (json!(null), up),
        (json!("down"), down),
        (json!("other"), up),
    ] {
        let patch = json!({ "metadata": { "annotations": { FAIL_ANNOTATION: value } } });
        nodes.patch(&node, &PatchParams::default(), &Patch::Merge(patch)).await.unwrap();
        // the node lifecycle gives a node 50 s
        sandbox.advance(Duration::from_mins(1)).await;
        let (of_pod, of_node) = readiness(&sandbox, "web").await;
        assert_eq!((&*of_pod, &*of_node), expected, "{value}");
    }
}

/// An Event about the pod `web`, in the older API or in the newer one
fn event(name: &str, reason: &str, is_new: bool) -> Value {
    let about = json!({ "apiVersion": "v1", "kind": "Pod", "namespace": "default", "name": "web" });
    let mut event = json!({ "kind": "Event", "metadata": { "name": name, "namespace": "default" }, "reason": reason, "type": "Normal" });
    if is_new {
        event["apiVersion"] = "events.k8s.io/v1".into();
        event["regarding"] = about;
        event["eventTime"] = "2026-01-01T00:00:00.000000Z".into();
        event["reportingController"] = "example.com/c".into();
        event["reportingInstance"] = "c".into();
        event["action"] = "Act".into();
    } else {
        event["apiVersion"] = "v1".into();
        event["involvedObject"] = about;
    }
    event
}

#[tokio::test(start_paused = true)]
async fn a_test_sees_objects_events_and_requests() {
    let sandbox = Sandbox::start(1).await.unwrap();
    let nodes: Vec<Node> = sandbox.list("").await.unwrap();
    assert_eq!(nodes.len(), 3);
    let node: Node = sandbox.get("", "node-1").await.unwrap();
    assert_eq!(node.metadata.name.as_deref(), Some("node-1"));
    let none = sandbox.get::<Pod>("default", "web").await.unwrap_err();
    assert!(none.to_string().contains("pods \"web\" not found"), "{none}");

    let pods: Api<Pod> = Api::default_namespaced(sandbox.client());
    for name in ["web", "other"] {
        pods.create(&PostParams::default(), &pod(name)).await.unwrap();
    }
    for (name, reason, is_new) in [("b", "First", true), ("a", "Second", false)] {
        sandbox.apply(&[event(name, reason, is_new)]).await.unwrap();
        sandbox.advance(Duration::from_secs(1)).await;
    }
    let events = sandbox.events("default", "web").await.unwrap();
    let reasons: Vec<&str> = events.iter().filter_map(|event| event.reason.as_deref()).collect();
    assert_eq!(reasons, ["First", "Second"]);
    assert_eq!(sandbox.events("default", "other").await.unwrap(), []);

    let refuse = sandbox.fault(|call| if call.name == "other" { Verdict::DropBefore } else { Verdict::Pass });
    pods.delete("other", &DeleteParams::default()).await.unwrap_err();
    drop(refuse);
    pods.delete("web", &DeleteParams::default()).await.unwrap();
    pods.delete("none", &DeleteParams::default()).await.unwrap_err();
    sandbox.settle().await;
    let deletes = sandbox.requests(Verb::Delete, "pods");
    let deletes: Vec<_> = deletes.iter().map(|entry| (entry.name(), entry.code)).collect();
    assert_eq!(
        deletes,
        [("other", None), ("web", Some(200)), ("none", Some(404))],
        "not those of the kubelet"
    );
    assert_eq!(sandbox.requests(Verb::Create, "pods").len(), 2);
    assert_eq!(sandbox.requests(Verb::Patch, "pods/status"), [], "those are the kubelet's");
}

#[tokio::test(start_paused = true)]
async fn what_is_waited_for_comes_or_is_told_in_full() {
    let sandbox = Sandbox::start(1).await.unwrap();
    let pods: Api<Pod> = Api::default_namespaced(sandbox.client());
    pods.create(&PostParams::default(), &pod("web")).await.unwrap();
    let running = async || match sandbox.get::<Pod>("default", "web").await {
        Ok(pod) if phase(&pod) == Some("Running") => Ok(pod),
        Ok(pod) => Err(format!("phase {:?}", phase(&pod))),
        Err(error) => Err(error.to_string()),
    };
    let start = sandbox.now();
    let pod = sandbox.eventually("web runs", running).await.unwrap();
    assert_eq!(pod.metadata.name.as_deref(), Some("web"));
    assert!(sandbox.now().duration_since(start) < SignedDuration::from_mins(1));

    let never = async || Err::<(), _>("nothing");
    let told = format!("{:?}", sandbox.eventually("a wonder", never).await.unwrap_err());
    let (first, written) = told.split_once('\n').unwrap();
    assert_eq!(first, "not within 3600s: a wonder; seen last: nothing");
    assert!(written.contains("create   pods default/") && !written.contains("leases"), "{told}");
}

#[tokio::test(start_paused = true)]
async fn a_node_is_read_again_only_when_its_status_is_not_as_it_was_sent() {
    let sandbox = Sandbox::start(1).await.unwrap();
    let reads = || sandbox.trace().iter().filter(|entry| entry.verb == "get").count();
    let before = reads();
    sandbox.advance(Duration::from_mins(4)).await;
    assert_eq!(reads(), before, "heartbeats renew leases alone");

    let nodes: Api<Node> = Api::all(sandbox.client());
    let condition = json!({ "type": "Ready", "status": "False", "reason": "Test", "message": "by a test" });
    let patch = Patch::Strategic(json!({ "status": { "conditions": [condition] } }));
    nodes.patch_status("node-1", &PatchParams::default(), &patch).await.unwrap();
    sandbox.advance(Duration::from_secs(15)).await;
    let conditions = nodes.get("node-1").await.unwrap().status.unwrap().conditions.unwrap();
    let ready = conditions.iter().find(|condition| condition.type_ == "Ready").unwrap();
    assert_eq!(ready.status, "True", "the next heartbeat says how it is");
}
