//! A node that stops: what becomes of its pods where each slot has one pod at most, and where nobody asked for that
//!
//! It takes Kubernetes minutes to give a node up, so this is played on virtual time alone.

use std::collections::BTreeSet;
use std::time::Duration;

use healing::prelude::*;
use healing_sandbox::{Sandbox, TraceEntry, Verb};
use k8s_openapi::api::core::v1::{Node, Pod};
use kube::Api;
use kube::api::{Patch, PatchParams};
use serde_json::json;

/// A service whose pods are alone in their slots
#[derive(HealingResource, Clone, Debug)]
#[healing(group = "lost.test", version = "v1", kind = "Alone")]
#[healing(policy(replacement = "gone", unready_for = 30))]
pub(crate) struct AloneSpec {
    /// Number of pods
    #[healing(replicas, minimum = 0)]
    pub replicas: i32,
}

impl Workload for Alone {
    fn pod(&self) -> PodTemplateSpec {
        pod_template([container("app", "nginx:latest")])
    }
}

/// The same where two may run for a while
#[derive(HealingResource, Clone, Debug)]
#[healing(group = "lost.test", version = "v1", kind = "Loose")]
#[healing(policy(unready_for = 30))]
pub(crate) struct LooseSpec {
    /// Number of pods
    #[healing(replicas, minimum = 0)]
    pub replicas: i32,
}

impl Workload for Loose {
    fn pod(&self) -> PodTemplateSpec {
        pod_template([container("app", "nginx:latest")])
    }
}

/// A sandbox with three pods of this kind, and one of the nodes that they are on
async fn placed(kind: &str, operator: &Operator) -> (Sandbox, String) {
    let sandbox = Sandbox::start(7).await.expect("a sandbox");
    sandbox.apply(&operator.definitions()).await.expect("the definition");
    let sample = json!({
        "apiVersion": "lost.test/v1", "kind": kind, "metadata": { "name": "web" }, "spec": { "replicas": 3 },
    });
    sandbox.apply(&[sample]).await.expect("the sample");
    (sandbox, "node-1".to_owned())
}

/// Slot, UID, node and whether it is being deleted, of each pod
async fn pods(sandbox: &Sandbox) -> Vec<(String, String, String, bool)> {
    let pods: Vec<Pod> = sandbox.list("default").await.expect("pods");
    let told = |pod: &Pod| {
        let node = pod.spec.as_ref().and_then(|spec| spec.node_name.clone()).unwrap_or_default();
        let slot = pod.labels().get("healing.dev/slot").cloned().unwrap_or_default();
        (slot, pod.uid().unwrap_or_default(), node, pod.metadata.deletion_timestamp.is_some())
    };
    pods.iter().map(told).collect()
}

fn by_operator(sandbox: &Sandbox, verb: Verb, resource: &str) -> Vec<TraceEntry> {
    let mut entries = sandbox.requests(verb, resource);
    entries.retain(|entry| entry.actor == "lost-operator");
    entries
}

#[tokio::test(start_paused = true)]
async fn a_lost_pod_keeps_its_slot_until_somebody_says_that_its_node_is_off() {
    let operator = || Operator::new("lost-operator").resource::<Alone>();
    let (sandbox, node) = placed("Alone", &operator()).await;
    let client = sandbox.client_named("lost-operator");
    let _running = operator().in_process(client, sandbox.now(), &[]).expect("an operator");
    sandbox.settle().await;
    let before = pods(&sandbox).await;
    let lost: BTreeSet<_> = before.iter().filter(|pod| pod.2 == node).map(|pod| pod.1.clone()).collect();
    assert!(!lost.is_empty() && lost.len() < 3, "{before:?}");

    sandbox.kubelet().node(&node).expect("a node of ours").down();
    sandbox.advance(Duration::from_mins(4)).await;
    assert_eq!(pods(&sandbox).await, before, "not Ready for minutes, and left to Kubernetes");
    let seen =
        serde_json::to_value(sandbox.list::<Alone>("default").await.expect("resources")).expect("plain data");
    assert_eq!(seen[0]["status"]["unhealthyReplicas"], lost.len());
    let conditions = seen[0]["status"]["conditions"].as_array().expect("conditions").iter();
    let degraded = conditions.filter(|one| one["type"] == "Degraded").map(|one| one["status"].clone());
    assert_eq!(degraded.collect::<Vec<_>>(), ["False"], "its readiness is nobody's fault but the node's");
    sandbox.advance(Duration::from_mins(30)).await;
    let after = pods(&sandbox).await;
    assert_eq!(
        after.iter().map(|pod| &pod.1).collect::<Vec<_>>(),
        before.iter().map(|pod| &pod.1).collect::<Vec<_>>()
    );
    assert!(after.iter().all(|pod| pod.3 == lost.contains(&pod.1)), "its pods are being deleted: {after:?}");
    assert_eq!(by_operator(&sandbox, Verb::Delete, "pods").len(), 0);
    assert_eq!(by_operator(&sandbox, Verb::Create, "pods").len(), 3);

    let nodes: Api<Node> = Api::all(sandbox.client());
    let taint = json!({ "key": "node.kubernetes.io/out-of-service", "effect": "NoExecute" });
    let patch = Patch::Strategic(json!({ "spec": { "taints": [taint] } }));
    nodes.patch(&node, &PatchParams::default(), &patch).await.expect("it is tainted");
    sandbox.advance(Duration::from_mins(2)).await;
    let healed = pods(&sandbox).await;
    assert_eq!(healed.len(), 3, "{healed:?}");
    assert!(healed.iter().all(|pod| pod.2 != node && !pod.3), "elsewhere: {healed:?}");
    let slots = |pods: &[(String, String, String, bool)]| {
        pods.iter().map(|pod| pod.0.clone()).collect::<BTreeSet<_>>()
    };
    assert_eq!(slots(&healed), slots(&before));
}

#[tokio::test(start_paused = true)]
async fn nobody_else_reads_nodes_and_a_slot_is_free_when_its_pod_is_being_deleted() {
    let operator = || Operator::new("lost-operator").resource::<Loose>();
    let (sandbox, node) = placed("Loose", &operator()).await;
    let client = sandbox.client_named("lost-operator");
    let _running = operator().in_process(client, sandbox.now(), &[]).expect("an operator");
    sandbox.settle().await;
    sandbox.kubelet().node(&node).expect("a node of ours").down();
    sandbox.advance(Duration::from_mins(30)).await;
    let after = pods(&sandbox).await;
    assert_eq!(after.iter().filter(|pod| !pod.3).count(), 3, "{after:?}");
    assert!(after.iter().any(|pod| pod.3 && pod.2 == node), "the old ones are still there: {after:?}");
    for verb in [Verb::List, Verb::Watch, Verb::Get] {
        assert_eq!(by_operator(&sandbox, verb, "nodes").len(), 0);
    }
}

/// Nodes report every few minutes and renew their leases all the time: that is no reason to look at anything
#[tokio::test(start_paused = true)]
async fn heartbeats_of_nodes_cost_nothing() {
    let operator = || Operator::new("lost-operator").resource::<Alone>();
    let (sandbox, node) = placed("Alone", &operator()).await;
    let client = sandbox.client_named("lost-operator");
    let running = operator().in_process(client, sandbox.now(), &[]).expect("an operator");
    sandbox.settle().await;
    let looks = |metrics: &str| {
        let line = metrics.lines().find(|line| {
            line.starts_with("controller_runtime_reconcile_total{") && line.contains("\"success\"")
        });
        line.and_then(|line| line.rsplit(' ').next()).map(str::to_owned)
    };
    sandbox.advance(Duration::from_mins(1)).await;
    let before = looks(&running.metrics());
    let nodes: Api<Node> = Api::all(sandbox.client());
    for beat in 0..10 {
        let patch = Patch::Merge(json!({ "metadata": { "annotations": { "beat": beat.to_string() } } }));
        nodes.patch(&node, &PatchParams::default(), &patch).await.expect("it is annotated");
        sandbox.advance(Duration::from_secs(40)).await;
    }
    assert_eq!(looks(&running.metrics()), before);
}
