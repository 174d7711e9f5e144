//! The example's operator on the sandbox, on virtual time: minutes pass in less than a second
//!
//! What is healed and when is proved in `tests/cluster` on both arms; this is about the two together.

use std::time::Duration;

use healing::prelude::*;
use healing_sandbox::{Failure, Pods, Sandbox, Verb};
use k8s_openapi::api::core::v1::Pod;
use kube::Api;
use kube::api::{ListParams, PostParams};
use serde_json::{Value, json};

/// A service whose pods are kept
#[derive(HealingResource, Clone, Debug, PartialEq)]
#[serde(rename_all = "camelCase")]
#[healing(group = "sandbox.test", version = "v1", kind = "Kept")]
pub(crate) struct KeptSpec {
    /// Number of pods
    #[healing(replicas, minimum = 0)]
    pub replicas: i32,
    /// Heal while fewer are healthy
    #[healing(health_threshold, default = 1)]
    pub health_threshold: i32,
}

impl Workload for Kept {
    fn pod(&self) -> PodTemplateSpec {
        pod_template([container("app", "nginx:latest")])
    }
}

fn operator() -> Operator {
    Operator::new("kept-operator").resource::<Kept>()
}

fn sample() -> Value {
    json!({
        "apiVersion": "sandbox.test/v1", "kind": "Kept", "metadata": { "name": "web" },
        "spec": { "replicas": 5, "healthThreshold": 3 },
    })
}

async fn names(pods: &Api<Pod>) -> Vec<String> {
    let pods = pods.list(&ListParams::default()).await.expect("pods").items;
    pods.iter().map(ResourceExt::name_any).collect()
}

#[tokio::test(start_paused = true)]
async fn broken_pods_are_replaced() {
    let sandbox = Sandbox::start(7).await.unwrap();
    sandbox.apply(&operator().definitions()).await.unwrap();
    let _running = operator().in_process(sandbox.client(), sandbox.now(), &[]).unwrap();
    sandbox.apply(&[sample()]).await.unwrap();
    sandbox.settle().await;

    let pods: Vec<Pod> = sandbox.list("default").await.unwrap();
    let broken: Vec<String> = pods.iter().take(3).map(ResourceExt::name_any).collect();
    let fail = |name| sandbox.fail(Pods::all().named(name), Failure::CrashLoop);
    let _failing: Vec<_> = broken.iter().map(fail).collect();
    let deletes = async || sandbox.requests(Verb::Delete, "pods").pop().ok_or("no pod was deleted");
    let deleted = sandbox.eventually("a broken pod is replaced", deletes).await.unwrap();
    assert!(broken.iter().any(|name| name == deleted.name()), "{deleted}");
}

#[test]
fn the_guide_shows_a_test_that_runs() {
    let guide = include_str!("../../docs/guide/test-an-operator.md");
    let shown = guide.split("```").find_map(|block| block.strip_prefix("rust,ignore\n"));
    let shown = shown.expect("a block of Rust");
    assert!(include_str!("sandbox.rs").contains(shown), "not a part of this file:\n{shown}");
}

#[tokio::test(start_paused = true)]
async fn pods_are_made_and_healed_in_virtual_minutes() {
    let sandbox = Sandbox::start(7).await.expect("a sandbox");
    sandbox.apply(&operator().definitions()).await.expect("the definition");
    let running = operator().in_process(sandbox.client(), sandbox.now(), &[]).expect("an operator");
    let kept: Api<Kept> = Api::default_namespaced(sandbox.client());
    let sample: Kept = serde_json::from_value(sample()).expect("a sample");
    kept.create(&PostParams::default(), &sample).await.expect("it is made");
    sandbox.settle().await;
    let pods: Api<Pod> = Api::default_namespaced(sandbox.client());
    let before = names(&pods).await;
    assert_eq!(before.len(), 5);

    let failing = before.iter().take(3).map(|name| sandbox.fail(Pods::all().named(name), Failure::CrashLoop));
    let failing: Vec<_> = failing.collect();
    sandbox.advance(Duration::from_mins(30)).await;
    drop(failing);
    sandbox.settle().await;

    let after = names(&pods).await;
    assert_eq!(after.len(), 5);
    assert!(before[3..].iter().all(|name| after.contains(name)), "{before:?} {after:?}: healthy pods stay");
    assert!(
        before[..3].iter().all(|name| !after.contains(name)),
        "{before:?} {after:?}: broken ones are replaced"
    );
    assert!(running.is_ready());
}

#[tokio::test(start_paused = true)]
async fn a_killed_operator_does_nothing_more() {
    let sandbox = Sandbox::start(8).await.expect("a sandbox");
    sandbox.apply(&operator().definitions()).await.expect("the definition");
    let running = operator().in_process(sandbox.client(), sandbox.now(), &[]).expect("an operator");
    sandbox.settle().await;
    drop(running);
    sandbox.apply(&[sample()]).await.expect("the sample");
    sandbox.settle().await;
    let pods: Api<Pod> = Api::default_namespaced(sandbox.client());
    assert_eq!(names(&pods).await, [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn the_tour_comes_to_its_end() {
    let sandbox = Sandbox::start(9).await.expect("a sandbox");
    let mut objects = operator().definitions();
    objects.push(sample());
    sandbox.apply(&objects).await.expect("they are right");
    let _running = operator().in_process(sandbox.client(), sandbox.now(), &[]).expect("an operator");
    let mut told = Vec::new();
    let ended = sandbox.tour(&objects, |line| told.push(line.to_owned())).await;
    ended.unwrap_or_else(|error| panic!("{error}; told: {told:#?}"));
    assert!(told.len() >= 8 && told.iter().any(|line| line.contains("left alone")), "{told:#?}");
}
