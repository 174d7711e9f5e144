//! Human control: pods and resources that are kept from being healed, and breakers that are closed by hand

use healing_sandbox::{Failure as PodFailure, Pods};
use serde_json::json;

use super::Case;
use crate::failure::Failure;
use crate::service::{self, BRISK_SERVICE, Service, condition};
use crate::world::World;

const SKIP: &str = "healing.dev/skip-remediation";

pub(super) fn cases() -> Vec<Case> {
    vec![Case::new(what_is_skipped_is_not_healed), Case::new(a_new_value_closes_the_breaker)]
}

/// Two pods crash: first all of the resource is kept, then one of the two
async fn what_is_skipped_is_not_healed(world: World) -> Result<(), Failure> {
    let _operator = service::start_brisk(&world).await?;
    let spec = json!({ "replicaCount": 3, "healthThreshold": 3 });
    let web = Service::create_of(BRISK_SERVICE, &world, "web", spec).await?;
    web.converged(3).await?;
    web.patch_metadata(json!({ "annotations": { SKIP: "looking into it" } })).await?;
    web.until("all is kept", |object| condition(object, "RemediationAllowed")["reason"] == "Skipped").await?;
    web.told("RemediationSkipped").await?;

    let names = web.pod_names().await?;
    web.annotate_pod(&names[0], SKIP, "").await?;
    let _kept = web.break_pod(&names[0], PodFailure::CrashLoop).await?;
    let _other = web.break_pod(&names[1], PodFailure::CrashLoop).await?;
    web.until("two are unhealthy", |object| object["status"]["unhealthyReplicas"] == 2).await?;
    assert_eq!(web.requests("delete", "pods")?.len(), 0);

    web.patch_metadata(json!({ "annotations": { SKIP: null } })).await?;
    web.told("Healed").await?;
    let left = web.pod_names().await?;
    assert!(left.contains(&names[0]) && !left.contains(&names[1]), "{left:?}");
    let deletes = web.accepted("delete", "pods")?;
    assert!(deletes.iter().all(|delete| delete.name() == names[1]), "{deletes:?}");
    Ok(())
}

/// Heals fail until the breaker opens; a new value of the annotation closes it, and the same value says nothing more
async fn a_new_value_closes_the_breaker(world: World) -> Result<(), Failure> {
    let _operator = service::start_brisk(&world).await?;
    let spec = json!({ "replicaCount": 3, "healthThreshold": 3, "failureThreshold": 1 });
    let web = Service::create_of(BRISK_SERVICE, &world, "web", spec).await?;
    web.converged(3).await?;
    let slot = Pods::all().namespace(world.namespace()).label("healing.dev/slot", "0");
    let failure = world.kubelet().fail(slot, PodFailure::CrashLoop);
    web.told("BreakerOpened").await?;

    web.patch_metadata(json!({ "annotations": { "healing.dev/reset-breaker": "1" } })).await?;
    web.told("BreakerReset").await?;
    let closed = web.told("BreakerClosed").await?;
    assert!(closed.note.iter().all(|note| note.contains("a person asked for it")), "{closed:?}");
    drop(failure);
    let object = web
        .until("all is well", |object| {
            object["status"]["healthyReplicas"] == 3 && object["status"]["healing"]["breaker"].is_null()
        })
        .await?;
    assert_eq!(object["status"]["healing"]["resetToken"], "1");
    assert_eq!(web.events("BreakerReset").await?.len(), 1);
    Ok(())
}
