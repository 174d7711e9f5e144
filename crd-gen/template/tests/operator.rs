//! The operator on a Kubernetes that lives in the test, in virtual time: minutes cost nothing

use healing::prelude::*;
use healing_sandbox::{Failure, Pods, Sandbox, Verb};
use k8s_openapi::api::core::v1::Pod;
use serde_json::{Value, json};

use my_operator::operator;

fn sample() -> Value {
    json!({
        "apiVersion": "example.com/v1alpha1",
        "kind": "Widget",
        "metadata": { "name": "web" },
        "spec": { "replicas": 3, "healthThreshold": 3 },
    })
}

/// A Kubernetes that has one of our objects; its chance comes from the number
async fn sandbox() -> Sandbox {
    let sandbox = Sandbox::start(7).await.unwrap();
    sandbox.apply(&operator().definitions()).await.unwrap();
    sandbox.apply(&[sample()]).await.unwrap();
    sandbox
}

/// The operator, until it is dropped
fn start(sandbox: &Sandbox) -> healing::InProcess {
    let (client, now) = (sandbox.client(), sandbox.now());
    operator().in_process(client, now, &[]).unwrap()
}

#[tokio::test(start_paused = true)]
async fn pods_come_up() {
    let sandbox = sandbox().await;
    let _running = start(&sandbox);
    sandbox.settle().await;

    let pods: Vec<Pod> = sandbox.list("default").await.unwrap();
    assert_eq!(pods.len(), 3);
    for pod in pods {
        // what an object leaves out has its default
        let image = pod.spec.unwrap().containers.remove(0).image;
        assert_eq!(image.as_deref(), Some("nginx:1.29"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_broken_pod_is_replaced() {
    let sandbox = sandbox().await;
    let _running = start(&sandbox);
    sandbox.settle().await;

    let pods: Vec<Pod> = sandbox.list("default").await.unwrap();
    let broken = pods[0].name_any();
    let _failing = sandbox.fail(Pods::all().named(&broken), Failure::CrashLoop);
    let look = async || sandbox.requests(Verb::Delete, "pods").pop().ok_or("none");
    let deleted = sandbox.eventually("it is deleted", look).await.unwrap();
    assert_eq!(deleted.name(), broken);
}

#[tokio::test(start_paused = true)]
async fn an_object_that_breaks_a_rule_is_refused() {
    let sandbox = sandbox().await;
    let mut wrong = sample();
    wrong["spec"]["healthThreshold"] = json!(4);
    let refused = sandbox.apply(&[wrong]).await.unwrap_err().to_string();
    let rule = "healthThreshold cannot exceed replicas";
    assert!(refused.contains(rule), "{refused}");
}
