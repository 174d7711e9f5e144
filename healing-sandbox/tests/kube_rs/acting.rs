//! Scale, eviction, cordon, restart

use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::{Node, Pod};
use k8s_openapi::api::policy::v1::PodDisruptionBudget;
use kube::Api;
use kube::api::{EvictParams, Patch, PatchParams, PostParams};
use kube::runtime::wait::{await_condition, conditions};
use serde_json::{Value, json};

use crate::waiting::pod;
use crate::world::{Shelf, ShelfSpec, World, code, from, shelf};

fn deployment() -> Value {
    json!({
        "metadata": { "name": "web" },
        "spec": {
            "replicas": 1,
            "selector": { "matchLabels": { "app": "web" } },
            "template": {
                "metadata": { "labels": { "app": "web" } },
                "spec": { "containers": [{ "name": "app", "image": "nginx" }] },
            },
        },
    })
}

pub(crate) async fn a_number_of_replicas_is_scaled(world: &World) {
    let shelves = world.shelves().await;
    let made = Shelf::new("a", &shelf(), ShelfSpec { books: 1 });
    shelves.create(&PostParams::default(), &made).await.unwrap();
    let patch = Patch::Merge(json!({ "spec": { "replicas": 4 } }));
    let scaled = shelves.patch_scale("a", &PatchParams::default(), &patch).await.unwrap();
    assert_eq!(scaled.spec.unwrap().replicas, Some(4));
    let mut scale = shelves.get_scale("a").await.unwrap();
    scale.spec.as_mut().unwrap().replicas = Some(6);
    shelves.replace_scale("a", &PostParams::default(), &scale).await.unwrap();
    assert_eq!(
        code(shelves.replace_scale("a", &PostParams::default(), &scale).await),
        409,
        "it is stale now"
    );
    let seen = shelves.get("a").await.unwrap();
    assert_eq!((seen.spec.books, seen.metadata.generation), (6, Some(3)));

    let deployments = world.api::<Deployment>();
    deployments.create(&PostParams::default(), &from(deployment())).await.unwrap();
    deployments.patch_scale("web", &PatchParams::default(), &patch).await.unwrap();
    assert_eq!(deployments.get("web").await.unwrap().spec.replicas, Some(4));
    let scale = deployments.get_scale("web").await.unwrap();
    assert_eq!(scale.status.unwrap().selector.as_deref(), Some("app=web"));
}

pub(crate) async fn an_eviction_waits_for_its_budget(world: &World) {
    let pods = world.api::<Pod>();
    let budgets = world.api::<PodDisruptionBudget>();
    let budget = json!({
        "metadata": { "name": "web" },
        "spec": { "minAvailable": 1, "selector": { "matchLabels": { "app": "web" } } },
    });
    budgets.create(&PostParams::default(), &from(budget)).await.unwrap();
    let made = pods.create(&PostParams::default(), &pod("web")).await.unwrap();
    await_condition(pods.clone(), "web", conditions::is_pod_running()).await.unwrap();
    let healthy = |wanted| {
        move |budget: Option<&PodDisruptionBudget>| {
            let status = budget.and_then(|budget| budget.status.as_ref());
            status.is_some_and(|status| (status.current_healthy, status.disruptions_allowed) == wanted)
        }
    };
    await_condition(budgets.clone(), "web", healthy((Some(1), Some(0)))).await.unwrap();
    assert_eq!(code(pods.evict("web", &EvictParams::default()).await), 429);
    let patch = Patch::Merge(json!({ "spec": { "minAvailable": 0 } }));
    budgets.patch("web", &PatchParams::default(), &patch).await.unwrap();
    await_condition(budgets.clone(), "web", healthy((Some(1), Some(1)))).await.unwrap();
    let status = pods.evict("web", &EvictParams::default()).await.unwrap();
    assert!(status.is_success());
    await_condition(pods.clone(), "web", conditions::is_deleted(&made.metadata.uid.unwrap())).await.unwrap();
}

pub(crate) async fn a_node_is_cordoned_and_a_deployment_restarted(world: &World) {
    let nodes: Api<Node> = Api::all(world.client.clone());
    let cordoned = nodes.cordon("node-1").await.unwrap();
    assert_eq!(cordoned.spec.unwrap().unschedulable, Some(true));
    let uncordoned = nodes.uncordon("node-1").await.unwrap();
    assert_ne!(uncordoned.spec.unwrap().unschedulable, Some(true));
    let deployments = world.api::<Deployment>();
    deployments.create(&PostParams::default(), &from(deployment())).await.unwrap();
    let restarted = deployments.restart("web").await.unwrap();
    let annotations = restarted.spec.template.metadata.unwrap().annotations.unwrap();
    assert!(annotations.contains_key("kube.kubernetes.io/restartedAt"), "{annotations:?}");
    assert_eq!(restarted.metadata.generation, Some(2));
}
