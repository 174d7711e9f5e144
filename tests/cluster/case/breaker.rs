//! The breaker: heals that do not help become rare trials, until the spec changes or they help

use std::sync::Arc;

use control_plane::AuditEntry;
use healing_sandbox::{Failure as PodFailure, FailureGuard, Pods};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::Case;
use crate::embedded::brisk;
use crate::failure::Failure;
use crate::service::{self, BRISK_SERVICE, Service, condition};
use crate::wait::eventually;
use crate::world::World;

/// Slot whose pods fail, the replacements included
const SLOT: &str = "0";
/// Least time between a heal and the trial that follows
const TRIAL_WAIT: SignedDuration = SignedDuration::from_secs(3 * brisk::HEAL_BACKOFF_MAX_SECS);

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::new(opens_after_failed_heals_and_closes_with_the_spec),
        Case::new(closes_when_the_slot_is_well_again),
    ]
}

/// Opens, tries rarely, stays open when the number of pods alone changes, closes with a change of the spec
async fn opens_after_failed_heals_and_closes_with_the_spec(world: World) -> Result<(), Failure> {
    let _operator = service::start_brisk(&world).await?;
    let spec = json!({ "replicaCount": 3, "healthThreshold": 4, "failureThreshold": 2 });
    let web = Service::create_of(BRISK_SERVICE, &world, "web", spec).await?;
    web.converged(3).await?;
    let healthy = others(&web).await?;
    let _failure = break_slot(&world);

    let open = web.until("the breaker is open", is_open).await?;
    says_so(&web, &open).await?;
    assert_eq!(heals(&web)?.iter().take_while(|heal| !heal.in_breaker).count(), 2, "as many as it takes");
    assert_eq!(web.events("HealFailed").await?.len(), 2);

    healed_at_least(&web, 3).await?;
    trials_are_rare(&heals(&web)?)?;

    web.patch(json!({ "replicaCount": 4 })).await?;
    let scaled = web
        .until("the new pod is there", |object| {
            object["status"]["replicas"] == 4
                && object["status"]["observedGeneration"] == object["metadata"]["generation"]
        })
        .await?;
    assert!(is_open(&scaled), "the number of pods says nothing about them: {scaled}");
    let so_far = heals(&web)?.len();
    healed_at_least(&web, so_far + 1).await?;
    trials_are_rare(&heals(&web)?)?;
    assert_eq!(web.events("BreakerClosed").await?.len(), 0);

    web.patch(json!({ "failureThreshold": 3 })).await?;
    let closed = web.told("BreakerClosed").await?;
    assert!(closed.note.iter().all(|note| note.contains("the spec has changed")), "{closed:?}");
    let anew = eventually("healing begins anew", async || {
        let heals = heals(&web)?;
        let anew = heals.iter().find(|heal| heal.generation == 3).cloned();
        anew.ok_or_else(|| Failure::new(format!("{} heals", heals.len())))
    })
    .await?;
    assert_eq!(anew.attempt, 1, "attempts of the old spec are forgiven");
    assert!(!anew.in_breaker, "it is an ordinary heal");
    let open = web.until("the breaker is open again", is_open).await?;
    assert_eq!(condition(&open, "Degraded")["reason"], "RetryBudgetExhausted");
    // the trial that was open when the spec changed is one of them
    assert_eq!(open["status"]["healing"]["failedHeals"], 3, "as many as the new spec allows");

    only_the_slot_was_touched(&web, &healthy).await
}

/// A pod that stays healthy in the slot closes it without any change
async fn closes_when_the_slot_is_well_again(world: World) -> Result<(), Failure> {
    let _operator = service::start_brisk(&world).await?;
    let spec = json!({ "replicaCount": 3, "healthThreshold": 3, "failureThreshold": 1 });
    let web = Service::create_of(BRISK_SERVICE, &world, "web", spec).await?;
    web.converged(3).await?;
    let healthy = others(&web).await?;
    let failure = break_slot(&world);
    web.until("the breaker is open", is_open).await?;

    drop(failure);
    let closed = web.told("BreakerClosed").await?;
    assert!(closed.note.iter().all(|note| note.contains("the pods are healthy")), "{closed:?}");
    let object = web
        .until("nothing is left of it", |object| {
            !is_open(object) && object["status"]["healing"]["failedHeals"].is_null()
        })
        .await?;

    assert_eq!(condition(&object, "Degraded")["status"], "False");
    assert_eq!(condition(&object, "RemediationAllowed")["status"], "True");
    web.converged(3).await?;
    only_the_slot_was_touched(&web, &healthy).await
}

fn break_slot(world: &World) -> FailureGuard {
    let pods = Pods::all().namespace(world.namespace()).label("healing.dev/slot", SLOT);
    world.kubelet().fail(pods, PodFailure::CrashLoop)
}

fn is_open(object: &Value) -> bool {
    object["status"]["healing"]["breaker"].is_object()
}

/// Status, conditions and an event tell what a person has to know
async fn says_so(web: &Service, open: &Value) -> Result<(), Failure> {
    let breaker = &open["status"]["healing"]["breaker"];
    assert_eq!(breaker["reason"], "RetryBudgetExhausted");
    assert_eq!(breaker["cause"], "CrashLoop");
    assert!(breaker["nextTrial"].is_string(), "{breaker}");
    let (degraded, allowed) = (condition(open, "Degraded"), condition(open, "RemediationAllowed"));
    assert_eq!((&degraded["status"], &degraded["reason"]), (&json!("True"), &json!("RetryBudgetExhausted")));
    assert_eq!((&allowed["status"], &allowed["reason"]), (&json!("False"), &json!("RetryBudgetExhausted")));
    let event = web.told("BreakerOpened").await?;
    assert_eq!(event.type_.as_deref(), Some("Warning"));
    Ok(())
}

/// A heal, as the requests show it: the DELETE and the newest status before it
#[derive(Clone)]
struct Heal {
    delete: Arc<AuditEntry>,
    /// When it was decided on, in whole seconds
    announced: Timestamp,
    attempt: u64,
    /// Generation of the spec that it was decided on
    generation: u64,
    /// Whether the breaker was open
    in_breaker: bool,
}

/// All heals so far, in their order
fn heals(web: &Service) -> Result<Vec<Heal>, Failure> {
    let statuses = web.statuses()?;
    let deletes = web.accepted("delete", "pods")?;
    deletes
        .into_iter()
        .map(|delete| {
            let before = statuses
                .iter()
                .rfind(|(write, _)| write.stage_timestamp <= delete.request_received_timestamp)
                .map(|(_, status)| status)
                .ok_or_else(|| Failure::new("a DELETE without an announcement"))?;
            let intents = before["healing"]["intents"].as_array();
            let intent = intents
                .into_iter()
                .flatten()
                .find(|intent| intent["podName"] == delete.name())
                .ok_or_else(|| Failure::new(format!("{delete} was not announced: {before}")))?;
            Ok(Heal {
                announced: intent["time"].as_str().unwrap_or_default().parse()?,
                attempt: intent["attempt"].as_u64().unwrap_or_default(),
                generation: before["observedGeneration"].as_u64().unwrap_or_default(),
                in_breaker: before["healing"]["breaker"].is_object(),
                delete,
            })
        })
        .collect()
}

async fn healed_at_least(web: &Service, count: usize) -> Result<(), Failure> {
    eventually(&format!("{count} heals"), async || {
        let heals = heals(web)?.len();
        Failure::unless(heals >= count, || format!("{heals} heals"))
    })
    .await
}

/// Each DELETE under an open breaker is late enough after the heal before it was decided on
fn trials_are_rare(heals: &[Heal]) -> Result<(), Failure> {
    for pair in heals.windows(2).filter(|pair| pair[1].in_breaker) {
        let waited = pair[1].delete.request_received_timestamp.duration_since(pair[0].announced);
        Failure::unless(waited >= TRIAL_WAIT, || {
            format!("only {waited:#} between the heal of {} and {}", pair[0].announced, pair[1].delete)
        })?;
    }
    Ok(())
}

/// The pods of the other slots
async fn others(web: &Service) -> Result<Vec<String>, Failure> {
    let mut pods = web.pods().await?;
    pods.retain(|pod| {
        pod.metadata
            .labels
            .iter()
            .flatten()
            .all(|label| label != (&"healing.dev/slot".to_owned(), &SLOT.to_owned()))
    });
    Ok(pods.into_iter().filter_map(|pod| pod.metadata.uid).collect())
}

/// The pods that were healthy all along are still the same ones, and every DELETE was about the failing slot
async fn only_the_slot_was_touched(web: &Service, healthy: &[String]) -> Result<(), Failure> {
    let left = others(web).await?;
    assert!(healthy.iter().all(|uid| left.contains(uid)), "{healthy:?} were healthy all along: {left:?}");
    let creates = web.requests("create", "pods")?;
    for delete in web.requests("delete", "pods")? {
        let made = creates.iter().filter_map(|create| create.request_object.as_ref());
        let pod = made.into_iter().find(|pod| pod["metadata"]["name"] == delete.name());
        let slot = pod.map(|pod| pod["metadata"]["labels"]["healing.dev/slot"].clone());
        Failure::unless(slot == Some(json!(SLOT)), || format!("{delete} is about slot {slot:?}"))?;
    }
    Ok(())
}
