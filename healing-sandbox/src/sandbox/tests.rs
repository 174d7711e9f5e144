//! What a test author sees: pods that run, fail and go, with no wait in real time
//!
//! The parts have their tests beside them.

use k8s_openapi::api::core::v1::{Node, Pod};
use kube::Api;
use kube::api::{DeleteParams, ListParams, LogParams, Patch, PatchParams, PostParams};
use serde_json::json;

use super::*;
use crate::FAIL_ANNOTATION;

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
