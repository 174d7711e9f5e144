//! Storms: many unhealthy pods at once delay heals, which then go one at a time

use healing_sandbox::{Failure as PodFailure, FailureGuard, Pods};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::Case;
use crate::failure::Failure;
use crate::service::{self, BRISK_SERVICE, Service, condition};
use crate::world::World;

/// How long heals wait
const PAUSE_SECS: i64 = 15;

pub(super) fn cases() -> Vec<Case> {
    vec![Case::new(heals_wait_for_a_storm_and_then_go_on)]
}

/// Three of four pods fail where two may: nothing is deleted for the pause, then the pods are healed all the same
async fn heals_wait_for_a_storm_and_then_go_on(world: World) -> Result<(), Failure> {
    let _operator = service::start_brisk(&world).await?;
    let spec = json!({
        "replicaCount": 4, "healthThreshold": 4, "maxUnhealthy": "50%", "stormPauseSeconds": PAUSE_SECS
    });
    let web = Service::create_of(BRISK_SERVICE, &world, "web", spec).await?;
    web.converged(4).await?;
    let failures: Vec<FailureGuard> = ["0", "1", "2"]
        .into_iter()
        .map(|slot| {
            let pods = Pods::all().namespace(world.namespace()).label("healing.dev/slot", slot);
            world.kubelet().fail(pods, PodFailure::CrashLoop)
        })
        .collect();

    let stormy = web
        .until("the storm is seen", |object| {
            condition(object, "RemediationAllowed")["reason"] == "TooManyUnhealthy"
        })
        .await?;
    assert_eq!(condition(&stormy, "RemediationAllowed")["status"], "False");
    let since = time(&stormy["status"]["healing"]["stormSince"])?;
    let told = web.told("RemediationRestricted").await?;
    assert_eq!(told.type_.as_deref(), Some("Warning"));

    let healing = web
        .until("a heal is announced", |object| object["status"]["healing"]["intents"][0].is_object())
        .await?;
    let intents = healing["status"]["healing"]["intents"].as_array().map_or(0, Vec::len);
    assert_eq!(intents, 1, "one at a time: {healing}");
    let announced = time(&healing["status"]["healing"]["intents"][0]["time"])?;
    let waited = announced.duration_since(since);
    assert!(waited >= SignedDuration::from_secs(PAUSE_SECS), "only {waited:#}: {healing}");

    drop(failures);
    web.told("RemediationResumed").await?;
    web.converged(4).await?;
    let object = web
        .until("nothing is left of it", |object| {
            condition(object, "RemediationAllowed")["reason"] == "Allowed"
                && object["status"]["healing"]["stormSince"].is_null()
        })
        .await?;
    assert_eq!(condition(&object, "Degraded")["status"], "False");
    Ok(())
}

fn time(value: &Value) -> Result<Timestamp, Failure> {
    Ok(value.as_str().unwrap_or_default().parse()?)
}
