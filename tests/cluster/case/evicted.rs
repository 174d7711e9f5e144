//! Evictions: pods that serve somebody leave as far as their disruption budget allows

use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::api::policy::v1::{PodDisruptionBudget, PodDisruptionBudgetSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, ObjectMeta};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use kube::api::{DeleteParams, PostParams};
use serde_json::{Value, json};

use super::Case;
use crate::embedded::brisk::VERDICT;
use crate::failure::Failure;
use crate::service::{self, BRISK_SERVICE, Service, condition};
use crate::wait::eventually;
use crate::world::World;

/// Name of the budget
const BUDGET: &str = "keep";

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::new(a_scale_down_waits_for_its_budget),
        Case::new(a_pod_that_is_to_be_replaced_now_waits_for_its_budget_alone),
        Case::new(a_pod_that_is_judged_unhealthy_is_evicted),
    ]
}

/// All of three pods must stay: the fourth is evicted, the next not before the budget is gone
async fn a_scale_down_waits_for_its_budget(world: World) -> Result<(), Failure> {
    let _operator = service::start_brisk(&world).await?;
    let spec = json!({ "replicaCount": 4, "healthThreshold": 1, "readyRemoval": "evict" });
    let web = brisk(&world, spec).await?;
    budget(&world, 3).await?;

    web.patch(json!({ "replicaCount": 2 })).await?;
    let blocked = web
        .until("the budget keeps the third pod", |object| {
            condition(object, "Progressing")["reason"] == "EvictionBlocked"
                && object["status"]["replicas"] == 3
        })
        .await?;
    assert_eq!(condition(&blocked, "Progressing")["status"], "True");
    let told = web.told("EvictionBlocked").await?;
    assert_eq!(told.type_.as_deref(), Some("Warning"));
    let note = told.note.unwrap_or_default();
    assert!(note.contains("The disruption budget keep needs 3 healthy pods and has"), "{note}");
    for eviction in web.requests("create", "pods/eviction")? {
        let body =
            eviction.request_object.as_ref().ok_or_else(|| Failure::new("an eviction without a body"))?;
        let preconditions = &body["deleteOptions"]["preconditions"];
        assert!(preconditions["uid"].is_string() && preconditions["resourceVersion"].is_string(), "{body}");
    }

    world.api::<PodDisruptionBudget>().delete(BUDGET, &DeleteParams::default()).await?;
    web.converged(2).await?;
    assert_eq!(web.accepted("create", "pods/eviction")?.len(), 2, "each pod once");
    assert_eq!(web.accepted("delete", "pods")?.len(), 0, "Ready pods are not deleted");
    Ok(())
}

/// A healthy pod above the threshold, which a person wants replaced
async fn a_pod_that_is_to_be_replaced_now_waits_for_its_budget_alone(world: World) -> Result<(), Failure> {
    let _operator = service::start_brisk(&world).await?;
    let web = brisk(&world, json!({ "replicaCount": 3, "healthThreshold": 1 })).await?;
    budget(&world, 3).await?;
    let pod = web.pod_names().await?.remove(0);
    web.annotate_pod(&pod, "healing.dev/remediate-now", "please").await?;
    web.told("RemediationRequested").await?;
    web.told("EvictionBlocked").await?;
    web.until("the heal is withdrawn", |object| object["status"]["healing"]["intents"].is_null()).await?;
    assert!(web.pod_names().await?.contains(&pod));

    world.api::<PodDisruptionBudget>().delete(BUDGET, &DeleteParams::default()).await?;
    web.told("HealingTriggered").await?;
    eventually("the pod is replaced", async || {
        let names = web.pod_names().await?;
        Failure::unless(!names.contains(&pod) && names.len() == 3, || format!("{names:?}"))
    })
    .await?;
    web.told("Healed").await?;
    assert_eq!(web.accepted("create", "pods/eviction")?.len(), 1);
    assert_eq!(web.accepted("delete", "pods")?.len(), 0);
    let attempts: Vec<String> = web.pods().await?.iter().filter_map(attempt).collect();
    assert_eq!(attempts.iter().filter(|attempt| *attempt == "1").count(), 1, "charged once: {attempts:?}");
    Ok(())
}

/// Below its threshold of all pods: the one that the operator's own check refuses, and none for a bug in that check
async fn a_pod_that_is_judged_unhealthy_is_evicted(world: World) -> Result<(), Failure> {
    let _operator = service::start_brisk(&world).await?;
    let web = brisk(&world, json!({ "replicaCount": 3, "healthThreshold": 3 })).await?;
    let names = web.pod_names().await?;
    web.annotate_pod(&names[0], VERDICT, "panic").await?;
    web.annotate_pod(&names[1], VERDICT, "it lags").await?;
    let told = web.told("HealingTriggered").await?;
    let note = told.note.unwrap_or_default();
    assert!(note.contains(&format!("{}, Custom (it lags), attempt 1", names[1])), "{note}");
    web.told("Healed").await?;
    let left = web.pod_names().await?;
    assert!(left.contains(&names[0]) && left.contains(&names[2]) && !left.contains(&names[1]), "{left:?}");
    assert_eq!(web.accepted("create", "pods/eviction")?.len(), 1);
    assert_eq!(web.accepted("delete", "pods")?.len(), 0);
    Ok(())
}

async fn brisk(world: &World, spec: Value) -> Result<Service, Failure> {
    let replicas = spec["replicaCount"].as_u64().and_then(|count| usize::try_from(count).ok());
    let web = Service::create_of(BRISK_SERVICE, world, "web", spec).await?;
    web.converged(replicas.unwrap_or_default()).await?;
    Ok(web)
}

fn attempt(pod: &Pod) -> Option<String> {
    pod.metadata.annotations.as_ref()?.get("healing.dev/attempt").cloned()
}

/// A budget that keeps so many pods of `web`; it has counted them
async fn budget(world: &World, least: i32) -> Result<(), Failure> {
    let selector = LabelSelector {
        match_labels: Some([("app".to_owned(), "web".to_owned())].into()),
        ..LabelSelector::default()
    };
    let budget = PodDisruptionBudget {
        metadata: ObjectMeta { name: Some(BUDGET.to_owned()), ..ObjectMeta::default() },
        spec: Some(PodDisruptionBudgetSpec {
            min_available: Some(IntOrString::Int(least)),
            selector: Some(selector),
            ..PodDisruptionBudgetSpec::default()
        }),
        status: None,
    };
    let budgets = world.api::<PodDisruptionBudget>();
    budgets.create(&PostParams::default(), &budget).await?;
    eventually("the budget has counted the pods", async || {
        let status = budgets.get(BUDGET).await?.status.unwrap_or_default();
        Failure::unless(status.current_healthy >= Some(least) && status.observed_generation.is_some(), || {
            format!("{status:?}")
        })
    })
    .await
}
