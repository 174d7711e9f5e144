//! Many resources under one operator: all converge, and none waits for another's failure

use k8s_openapi::api::core::v1::ResourceQuota;
use k8s_openapi::api::events::v1::Event;
use kube::api::{ListParams, Patch, PatchParams, PostParams};
use kube::{Api, Client};
use serde_json::json;

use super::Case;
use crate::failure::Failure;
use crate::operator::Operator;
use crate::service::{self, EXAMPLE, ROLE, Service, condition};
use crate::wait::eventually;
use crate::world::World;

/// Resources that nothing hinders
const FREE: usize = 49;
/// Pods of each resource
const PODS: usize = 20;
/// Pods that the quota leaves to the one that it hinders
const QUOTA: usize = 5;
/// Creates that may be refused: two of the first batch, and one for each wait, which doubles from 5 s, in ten minutes
const REFUSED_MAX: usize = 9;

pub(super) fn cases() -> Vec<Case> {
    vec![Case::new(fifty_resources_converge_although_one_is_refused_its_pods)]
}

async fn fifty_resources_converge_although_one_is_refused_its_pods(world: World) -> Result<(), Failure> {
    service::install(&world).await?;
    let narrow = world.another_namespace("quota").await?;
    world.allow_in(&narrow, ROLE).await?;
    let quota = limit_pods(world.client(), &narrow).await?;
    let operator = Operator { args: &[&format!("--namespace={narrow}")], ..Operator::example(EXAMPLE) };
    let _operator = world.operator(operator).await?;

    // the hindered one first, so that it is the first to take a worker
    let spec = json!({ "replicaCount": PODS });
    let hindered = Service::create(&world.at(&narrow), "hindered", spec.clone()).await?;
    let mut free = Vec::new();
    for number in 0..FREE {
        free.push(Service::create(&world, &format!("web-{number}"), spec.clone()).await?);
    }

    says_why(&hindered).await?;
    for service in &free {
        service.converged(PODS).await?;
    }

    // all others are done, this one still stands where the quota stopped it and still says so
    says_why(&hindered).await?;
    assert_eq!(hindered.pods().await?.len(), QUOTA);
    let (accepted, refused) = creates_in(&world, &narrow)?;
    assert_eq!(accepted, QUOTA);
    // slow start ends with the batch of the first refusal; each further try is one request, after a growing wait
    assert!((1..=REFUSED_MAX).contains(&refused), "{refused} creates were refused");
    let (accepted, refused) = creates_in(&world, world.namespace())?;
    assert_eq!((accepted, refused), (FREE * PODS, 0), "one create for each pod of the others");

    let more = Patch::Merge(json!({ "spec": { "hard": { "pods": PODS.to_string() } } }));
    quota.patch("pods", &PatchParams::default(), &more).await?;
    // the next try may be further away than one wait may last
    let patient = async || {
        let mut last = Err(Failure::new("not looked yet"));
        for _ in 0..4 {
            last = hindered.converged(PODS).await;
            if last.is_ok() {
                break;
            }
        }
        last
    };
    let object = patient().await?;
    assert_eq!(condition(&object, "Degraded")["status"], "False");
    Ok(())
}

/// A quota of pods, in force: until its use was counted the API server refuses everything, for another reason
async fn limit_pods(client: Client, namespace: &str) -> Result<Api<ResourceQuota>, Failure> {
    let quotas: Api<ResourceQuota> = Api::namespaced(client, namespace);
    let quota = serde_json::from_value(json!({
        "metadata": { "name": "pods" },
        "spec": { "hard": { "pods": QUOTA.to_string() } },
    }))?;
    quotas.create(&PostParams::default(), &quota).await?;
    eventually("the quota is in force", async || {
        let status = quotas.get("pods").await?.status.unwrap_or_default();
        Failure::unless(status.used.is_some_and(|used| used.contains_key("pods")), || {
            "not counted".to_owned()
        })
    })
    .await?;
    Ok(quotas)
}

/// The condition and the event carry what the API server said
async fn says_why(hindered: &Service) -> Result<(), Failure> {
    let object = hindered
        .until("the hindered one is Degraded", |object| condition(object, "Degraded")["status"] == "True")
        .await?;
    let degraded = condition(&object, "Degraded");
    assert_eq!(degraded["reason"], "CreateRefused", "{degraded}");
    let message = degraded["message"].as_str().unwrap_or_default();
    assert!(
        message.contains("exceeded quota: pods, requested: pods=1, used: pods=5, limited: pods=5"),
        "{message}"
    );
    eventually("the event", async || {
        let events = hindered.world.api::<Event>().list(&ListParams::default()).await?.items;
        let told: Vec<String> = events
            .into_iter()
            .filter(|event| event.reason.as_deref() == Some("FailedCreate"))
            .filter_map(|event| event.note)
            .collect();
        Failure::unless(told.iter().any(|note| note.contains("exceeded quota: pods")), || format!("{told:?}"))
    })
    .await
}

/// Creates of pods in a namespace that were accepted, and that were refused
fn creates_in(world: &World, namespace: &str) -> Result<(usize, usize), Failure> {
    let mut entries = world.audit()?;
    entries.retain(|entry| {
        let there = entry.object_ref.as_ref().is_some_and(|object| object.namespace == namespace);
        there && entry.verb == "create" && entry.is_about("pods")
    });
    let accepted = entries.iter().filter(|entry| entry.code() == 201).count();
    Ok((accepted, entries.len() - accepted))
}
