//! The number of pods: as many as asked for, with the documented looks, and the documented order when fewer are asked

use healing_sandbox::Failure as PodFailure;
use k8s_openapi::api::core::v1::Pod;
use kube::ResourceExt;
use serde_json::{Value, json};

use super::Case;
use crate::failure::Failure;
use crate::service::{self, Service, condition};
use crate::wait::eventually;
use crate::world::World;

pub(super) fn cases() -> Vec<Case> {
    vec![Case::new(five_replicas_are_five_owned_pods), Case::new(scales_up_and_down_in_the_documented_order)]
}

/// Exactly five pods, made as documented; when they are Ready the status says so for the present generation
async fn five_replicas_are_five_owned_pods(world: World) -> Result<(), Failure> {
    let _operator = service::start(&world).await?;
    let web = Service::create(&world, "web", json!({ "replicaCount": 5 })).await?;

    let object = web.converged(5).await?;

    let status = &object["status"];
    assert_eq!(status["healthyReplicas"], 5);
    assert_eq!(status["observedGeneration"], object["metadata"]["generation"]);
    assert_eq!(condition(&object, "Ready")["status"], "True");
    assert_eq!(object["metadata"]["finalizers"], json!(["example.com/cleanup-protection"]));
    let uid = web.uid().await?;
    for pod in web.pods().await? {
        looks_as_documented(&pod, &uid)?;
    }
    assert_eq!(web.requests("create", "pods")?.len(), 5, "one create a pod");
    assert_eq!(web.requests("delete", "pods")?.len(), 0);
    Ok(())
}

fn looks_as_documented(pod: &Pod, owner_uid: &str) -> Result<(), Failure> {
    let pod: Value = serde_json::to_value(pod)?;
    let owner = json!([{
        "apiVersion": "example.com/v1",
        "kind": "HealingService",
        "name": "web",
        "uid": owner_uid,
        "controller": true,
        "blockOwnerDeletion": true,
    }]);
    assert_eq!(pod["metadata"]["ownerReferences"], owner);
    assert_eq!(pod["metadata"]["labels"]["app"], "web");
    let name = pod["metadata"]["name"].as_str().unwrap_or_default();
    assert!(name.len() == "web-".len() + 5 && name.starts_with("web-"), "{name}");
    assert_eq!(pod["spec"]["containers"][0]["name"], "app");
    assert_eq!(pod["spec"]["containers"][0]["image"], "nginx:latest");
    Ok(())
}

/// Through the scale subresource, as `kubectl scale` does; fewer pods: unhealthy ones first, then the oldest healthy ones
async fn scales_up_and_down_in_the_documented_order(world: World) -> Result<(), Failure> {
    let _operator = service::start(&world).await?;
    let web = Service::create(&world, "web", json!({ "replicaCount": 5 })).await?;
    web.converged(5).await?;
    let old = web.pod_names().await?;

    scale(&web, 8).await?;
    web.converged(8).await?;
    let added: Vec<String> = web.pod_names().await?.into_iter().filter(|name| !old.contains(name)).collect();
    assert_eq!(added.len(), 3, "the five old pods stay");

    // one of the newest pods is unhealthy: it has to go although the oldest go first among the healthy
    let unhealthy = added[0].clone();
    let _failure = web.break_pod(&unhealthy, PodFailure::CrashLoop).await?;
    web.until("one pod is unhealthy", |object| object["status"]["unhealthyReplicas"] == 1).await?;
    let before = web.pods().await?;

    scale(&web, 3).await?;
    web.converged(3).await?;

    let left = web.pod_names().await?;
    let (stayed, gone): (Vec<&Pod>, Vec<&Pod>) =
        before.iter().partition(|pod| left.contains(&pod.name_any()));
    assert_eq!((stayed.len(), gone.len()), (3, 5), "no pod is made while others are too many");
    assert_eq!(web.requests("delete", "pods")?[0].name(), unhealthy, "the unhealthy one goes first");
    // creation times have whole seconds: pods of one second are of one age
    let created = |pod: &&Pod| pod.creation_timestamp().map(|time| time.0);
    let youngest_gone = gone.iter().filter(|pod| pod.name_any() != unhealthy).map(created).max();
    let oldest_stayed = stayed.iter().map(created).min();
    assert!(youngest_gone <= oldest_stayed, "{youngest_gone:?} went, {oldest_stayed:?} stayed");
    Ok(())
}

async fn scale(web: &Service, replicas: u32) -> Result<(), Failure> {
    eventually("it is scaled", async || Ok(web.scale(replicas).await?)).await
}
