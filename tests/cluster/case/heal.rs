//! Healing: which pods are replaced, in which order, what is written first, and what is left alone

use std::collections::BTreeSet;
use std::sync::Arc;

use control_plane::AuditEntry;
use healing_sandbox::{Failure as PodFailure, Pods};
use k8s_openapi::api::events::v1::Event;
use kube::api::ListParams;
use serde_json::{Value, json};

use super::Case;
use crate::failure::Failure;
use crate::service::{self, Service, condition};
use crate::wait::eventually;
use crate::world::World;

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::new(three_crash_loops_of_five_are_healed_one_at_a_time),
        Case::new(one_unhealthy_pod_above_the_threshold_is_left_alone),
        Case::new(starting_pods_are_left_alone),
        Case::new(an_image_that_cannot_be_pulled_is_reported_and_not_healed),
    ]
}

/// The worked example of the documentation: threshold 3 of 5, three pods crash-loop
async fn three_crash_loops_of_five_are_healed_one_at_a_time(world: World) -> Result<(), Failure> {
    let _operator = service::start(&world).await?;
    let web = Service::create(&world, "web", json!({ "replicaCount": 5, "healthThreshold": 3 })).await?;
    web.converged(5).await?;
    let names = web.pod_names().await?;
    let (broken, healthy) = names.split_at(3);

    let mut failures = Vec::new();
    for name in broken {
        failures.push(web.break_pod(name, PodFailure::CrashLoop).await?);
    }
    web.until("three pods are unhealthy", |object| object["status"]["unhealthyReplicas"] == 3).await?;
    // three heals with a pause between them, each of which has to settle
    for healed in 1..=3 {
        eventually(&format!("heal {healed} of 3"), async || {
            let deletes = web.accepted("delete", "pods")?.len();
            Failure::unless(deletes >= healed, || format!("{deletes} deletes"))
        })
        .await?;
    }
    web.until("the episode is closed", |object| {
        object["status"]["healing"]["episodeSince"].is_null() && object["status"]["healthyReplicas"] == 5
    })
    .await?;

    let deletes = web.accepted("delete", "pods")?;
    let deleted: BTreeSet<&str> = deletes.iter().map(|entry| entry.name()).collect();
    assert_eq!(deleted, broken.iter().map(String::as_str).collect(), "each broken pod once, no other");
    assert_eq!(deletes.len(), 3);
    for delete in web.requests("delete", "pods")? {
        carries_preconditions(&delete)?;
    }
    for delete in &deletes {
        was_announced(&web, delete)?;
    }
    one_at_a_time(&web, &deletes)?;
    let left = web.pod_names().await?;
    assert!(healthy.iter().all(|name| left.contains(name)), "{healthy:?} were healthy all along: {left:?}");
    events_tell(&world, &deleted).await
}

fn carries_preconditions(delete: &AuditEntry) -> Result<(), Failure> {
    let body = delete.request_object.as_ref().ok_or_else(|| Failure::new("a delete without a body"))?;
    let preconditions = &body["preconditions"];
    let both = preconditions["uid"].is_string() && preconditions["resourceVersion"].is_string();
    Failure::unless(both, || format!("delete of {} with {preconditions}", delete.name()))
}

/// The status write before the delete carries the intent and the time
fn was_announced(web: &Service, delete: &AuditEntry) -> Result<(), Failure> {
    let writes = web.requests("update", "healingservices/status")?;
    let before = writes
        .iter()
        .rfind(|write| write.code() == 200 && write.stage_timestamp <= delete.request_received_timestamp);
    let status = before
        .and_then(|write| write.request_object.as_ref())
        .map(|body| body["status"].clone())
        .ok_or_else(|| Failure::new("no status was written before the delete"))?;
    let intents = status["healing"]["intents"].as_array().cloned().unwrap_or_default();
    let named = intents.iter().any(|intent| intent["podName"] == delete.name());
    Failure::unless(named && status["lastHealTime"].is_string(), || {
        format!("delete of {} after a status that says {status}", delete.name())
    })
}

/// Before each delete but the first, a status said that all pods but those that still crash are healthy again
fn one_at_a_time(web: &Service, deletes: &[Arc<AuditEntry>]) -> Result<(), Failure> {
    let writes = web.requests("update", "healingservices/status")?;
    let intents = |write: &AuditEntry| {
        let body = write.request_object.as_ref();
        body.and_then(|body| body["status"]["healing"]["intents"].as_array().map(Vec::len)).unwrap_or(0)
    };
    let most = writes.iter().map(|write| intents(write)).max().unwrap_or(0);
    assert_eq!(most, 1, "never more than one heal is open");
    for pair in deletes.windows(2) {
        let between = writes.iter().filter(|write| {
            write.request_received_timestamp > pair[0].stage_timestamp
                && write.request_received_timestamp < pair[1].request_received_timestamp
        });
        let healthy: Vec<Value> = between
            .filter_map(|write| write.request_object.as_ref())
            .map(|body| body["status"]["healthyReplicas"].clone())
            .collect();
        assert!(
            healthy.iter().any(|count| count.as_i64() >= Some(3)),
            "the replacement was healthy before the next heal: {healthy:?}"
        );
    }
    Ok(())
}

async fn events_tell(world: &World, deleted: &BTreeSet<&str>) -> Result<(), Failure> {
    eventually("one HealingTriggered event a heal", async || {
        let events = world.api::<Event>().list(&ListParams::default()).await?.items;
        let told: BTreeSet<String> = events
            .iter()
            .filter(|event| event.reason.as_deref() == Some("HealingTriggered"))
            .filter(|event| {
                event.note.iter().all(|note| note.starts_with("Deleted 1 unhealthy pods for recreation"))
            })
            .filter_map(|event| event.related.as_ref()?.name.clone())
            .collect();
        Failure::unless(told.iter().map(String::as_str).eq(deleted.iter().copied()), || format!("{told:?}"))
    })
    .await
}

/// One of five is unhealthy, and four are more than the threshold asks for
async fn one_unhealthy_pod_above_the_threshold_is_left_alone(world: World) -> Result<(), Failure> {
    let operator = service::start(&world).await?;
    let web = Service::create(&world, "web", json!({ "replicaCount": 5, "healthThreshold": 3 })).await?;
    web.converged(5).await?;
    let broken = web.pod_names().await?.remove(0);
    let _failure = web.break_pod(&broken, PodFailure::CrashLoop).await?;
    web.until("one pod is unhealthy", |object| object["status"]["unhealthyReplicas"] == 1).await?;

    let restarts = restarts_beyond(&world, &broken, 8).await?;

    assert_eq!(web.requests("delete", "pods")?.len(), 0, "after {restarts} restarts; {}", operator.log(5));
    assert_eq!(condition(&web.get().await?, "Ready")["status"], "True");
    Ok(())
}

/// Waits until a pod has restarted so often that it would be due if healing were asked for
async fn restarts_beyond(world: &World, pod: &str, least: i32) -> Result<i32, Failure> {
    eventually("the pod has restarted often", async || {
        let pod = world.api::<k8s_openapi::api::core::v1::Pod>().get(pod).await?;
        let statuses = pod.status.and_then(|status| status.container_statuses).unwrap_or_default();
        let restarts = statuses.first().map_or(0, |status| status.restart_count);
        Failure::unless(restarts > least, || format!("{restarts} restarts"))?;
        Ok(restarts)
    })
    .await
}

/// Pods that never become Ready are not unhealthy as long as they may be starting
async fn starting_pods_are_left_alone(world: World) -> Result<(), Failure> {
    let _operator = service::start(&world).await?;
    let _failure = world.kubelet().fail(Pods::all().namespace(world.namespace()), PodFailure::NeverReady);
    let web = Service::create(&world, "web", json!({ "replicaCount": 5 })).await?;

    let object = web
        .until("five pods run and none is Ready", |object| object["status"]["startingReplicas"] == 5)
        .await?;

    assert_eq!(object["status"]["unhealthyReplicas"], 0);
    running(&world, 5).await?;
    assert_eq!(web.requests("delete", "pods")?.len(), 0);
    assert_eq!(web.pods().await?.len(), 5);
    Ok(())
}

async fn running(world: &World, count: usize) -> Result<(), Failure> {
    eventually("the pods run", async || {
        let pods = world.api::<k8s_openapi::api::core::v1::Pod>().list(&ListParams::default()).await?.items;
        let running = pods
            .iter()
            .filter(|pod| pod.status.as_ref().and_then(|status| status.phase.as_deref()) == Some("Running"))
            .count();
        Failure::unless(running == count, || format!("{running} run"))
    })
    .await
}

/// No new pod would do better: nothing is deleted, and Degraded says why once it has lasted
async fn an_image_that_cannot_be_pulled_is_reported_and_not_healed(world: World) -> Result<(), Failure> {
    let _operator = service::start(&world).await?;
    let _failure = world.kubelet().fail(Pods::all().namespace(world.namespace()), PodFailure::ImagePull);
    let web = Service::create(&world, "web", json!({ "replicaCount": 3 })).await?;
    web.until("all pods are unhealthy", |object| object["status"]["unhealthyReplicas"] == 3).await?;

    // reported after two minutes, which is longer than one wait may last
    let mut last = Err(Failure::new("not looked yet"));
    for _ in 0..2 {
        last = web.until("Degraded", |object| condition(object, "Degraded")["status"] == "True").await;
        if last.is_ok() {
            break;
        }
    }
    let degraded = condition(&last?, "Degraded").clone();

    assert_eq!(degraded["reason"], "ImageError", "{degraded}");
    assert_eq!(web.requests("delete", "pods")?.len(), 0);
    assert_eq!(web.requests("create", "pods")?.len(), 3);
    Ok(())
}
