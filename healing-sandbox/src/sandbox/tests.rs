//! What a test author sees: pods that run, fail and go, with no wait in real time
//!
//! The parts have their tests beside them.

use k8s_openapi::api::core::v1::{Node, Pod};
use kube::Api;
use kube::api::{DeleteParams, ListParams, PostParams};
use serde_json::json;

use super::*;

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
