//! A pod template that changes: all pods are replaced within their limits, and a bad template leaves the old ones alone

use healing_sandbox::{Failure as PodFailure, FailureGuard, Pods};
use k8s_openapi::api::apps::v1::ControllerRevision;
use k8s_openapi::api::core::v1::Pod;
use kube::api::{DeleteParams, ListParams};
use serde_json::{Value, json};

use super::{Case, steady};
use crate::failure::Failure;
use crate::service::{self, BRISK_SERVICE, Service, condition};
use crate::wait::eventually;
use crate::world::World;

/// Pods of the resource; a quarter of them may be missing or too many
const REPLICAS: usize = 4;
const BAD_IMAGE: &str = "nginx:bad";

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::new(a_new_template_replaces_all_pods_within_its_limits),
        Case::new(a_bad_template_stalls_and_is_taken_back_by_hand),
        Case::new(a_bad_template_is_given_up_where_that_is_wanted),
        Case::new(an_operator_killed_in_a_rollout_ends_it),
    ]
}

async fn brisk(world: &World) -> Result<Service, Failure> {
    let spec = json!({ "replicaCount": REPLICAS, "healthThreshold": 1, "image": "nginx:1.0" });
    let web = Service::create_of(BRISK_SERVICE, world, "web", spec).await?;
    web.converged(REPLICAS).await?;
    Ok(web)
}

fn image(pod: &Pod) -> Option<&str> {
    pod.spec.as_ref()?.containers.first()?.image.as_deref()
}

/// How many pods have this image and are not on their way out
async fn live(web: &Service, wanted: &str) -> Result<usize, Failure> {
    let pods = web.pods().await?;
    let live = pods.iter().filter(|pod| pod.metadata.deletion_timestamp.is_none());
    Ok(live.filter(|pod| image(pod) == Some(wanted)).count())
}

/// Waits until the template with this image is carried out everywhere
async fn carried_out(web: &Service, wanted: &str) -> Result<Value, Failure> {
    let object = web
        .until("the template is carried out", |object| {
            let status = &object["status"];
            status["updatedReplicas"] == REPLICAS
                && status["replicas"] == REPLICAS
                && status["terminatingReplicas"] == 0
                && status["currentRevision"] == status["updateRevision"]
                && status["observedGeneration"] == object["metadata"]["generation"]
                && condition(object, "Progressing")["reason"] == "Complete"
        })
        .await?;
    Failure::unless(live(web, wanted).await? == REPLICAS, || "pods of another image".to_owned())?;
    Ok(object)
}

/// Creates and removes as they were accepted: never fewer than three live pods, never more than five
fn within_limits(web: &Service) -> Result<(), Failure> {
    within_limits_but(web, 0)
}

/// The same where so many pods were removed by somebody else, which is no request of the operator's
fn within_limits_but(web: &Service, lost: i32) -> Result<(), Failure> {
    let mut changes: Vec<_> = web.accepted("create", "pods")?.into_iter().map(|entry| (entry, 1)).collect();
    changes.extend(web.accepted("delete", "pods")?.into_iter().map(|entry| (entry, -1)));
    changes.sort_by_key(|(entry, _)| entry.request_received_timestamp);
    let mut live = 0_i32;
    let mut was_full = false;
    for (entry, change) in changes {
        live += change;
        was_full |= live == 4;
        assert!((!was_full || live >= 3) && live <= 5 + lost, "{live} pods after {}", entry.request_uri);
    }
    Ok(())
}

async fn a_new_template_replaces_all_pods_within_its_limits(world: World) -> Result<(), Failure> {
    let mut operator = service::start_brisk(&world).await?;
    let web = brisk(&world).await?;
    let before = web.get().await?;

    web.patch(json!({ "image": "nginx:2.0" })).await?;
    let after = carried_out(&web, "nginx:2.0").await?;

    assert_ne!(before["status"]["currentRevision"], after["status"]["currentRevision"]);
    assert_eq!(condition(&after, "Ready")["status"], "True", "{after}");
    within_limits(&web)?;
    let count = |verb: &str| web.accepted(verb, "pods").map(|entries| entries.len());
    assert_eq!((count("create")?, count("delete")?), (2 * REPLICAS, REPLICAS), "each pod once");
    web.told("RolloutStarted").await?;
    web.told("RolloutComplete").await?;
    assert_eq!(web.events("HealingTriggered").await?.len(), 0, "no heal");
    operator.terminate()?;
    operator.wait_exit().await?;
    let quiet = web.get().await?;
    operator.restart()?;
    eventually("the new process has looked", async || {
        let passes = steady::passes(&operator, r#"result="success""#).await?;
        Failure::unless(passes >= 1, || format!("{passes} passes"))
    })
    .await?;
    assert_eq!(web.get().await?, quiet, "nothing more to say");
    Ok(())
}

/// Pods of the bad image cannot get it
fn bad_image(world: &World) -> FailureGuard {
    let bad = Pods::all().namespace(world.namespace()).matching(|pod| image(pod) == Some(BAD_IMAGE));
    world.kubelet().fail(bad, PodFailure::ImagePull)
}

async fn a_bad_template_stalls_and_is_taken_back_by_hand(world: World) -> Result<(), Failure> {
    let _operator = service::start_brisk(&world).await?;
    let web = brisk(&world).await?;
    let _failure = bad_image(&world);

    web.patch(json!({ "image": BAD_IMAGE, "progressDeadlineSeconds": 3 })).await?;
    let stalled = web
        .until("the rollout stalls", |object| {
            condition(object, "Progressing")["reason"] == "ProgressDeadlineExceeded"
        })
        .await?;

    assert_eq!(condition(&stalled, "Degraded")["reason"], "ProgressDeadlineExceeded", "{stalled}");
    assert_eq!((live(&web, "nginx:1.0").await?, live(&web, BAD_IMAGE).await?), (3, 2), "three go on serving");
    within_limits(&web)?;
    web.told("ProgressDeadlineExceeded").await?;

    // one that served is lost, and comes back as it was
    let pods = web.pods().await?;
    let good = pods.iter().find(|pod| image(pod) == Some("nginx:1.0"));
    let lost = good.and_then(|pod| pod.metadata.name.clone()).expect("a pod of the old image");
    world.api::<Pod>().delete(&lost, &DeleteParams::default()).await?;
    eventually("three serve again", async || {
        let names = web.pod_names().await?;
        let (good, bad) = (live(&web, "nginx:1.0").await?, live(&web, BAD_IMAGE).await?);
        Failure::unless(!names.contains(&lost) && (good, bad) == (3, 2), || {
            format!("{good} good and {bad} bad ones")
        })
    })
    .await?;

    web.patch(json!({ "image": "nginx:1.0", "progressDeadlineSeconds": 600 })).await?;
    let object = carried_out(&web, "nginx:1.0").await?;
    assert_eq!(condition(&object, "Degraded")["status"], "False", "{object}");
    within_limits_but(&web, 1)
}

/// Images that are stored, in the order of their numbers
async fn stored(world: &World) -> Result<Vec<String>, Failure> {
    let mut all = world.api::<ControllerRevision>().list(&ListParams::default()).await?.items;
    all.sort_by_key(|one| one.revision);
    let image = |one: ControllerRevision| {
        one.data.0["spec"]["containers"][0]["image"].as_str().unwrap_or_default().to_owned()
    };
    Ok(all.into_iter().map(image).collect())
}

async fn a_bad_template_is_given_up_where_that_is_wanted(world: World) -> Result<(), Failure> {
    let _operator = service::start_brisk(&world).await?;
    let web = brisk(&world).await?;
    let _failure = bad_image(&world);
    assert_eq!(stored(&world).await?, ["nginx:1.0"]);

    web.patch(json!({
        "image": BAD_IMAGE, "progressDeadlineSeconds": 3, "autoRollback": true, "revisionHistory": 0,
    }))
    .await?;
    let back = web
        .until("the template is given up", |object| {
            condition(object, "Progressing")["reason"] == "RolledBack"
                && object["status"]["availableReplicas"] == REPLICAS
                && object["status"]["replicas"] == REPLICAS
        })
        .await?;

    assert_eq!(condition(&back, "Degraded")["reason"], "RolledBack", "{back}");
    assert_ne!(back["status"]["currentRevision"], back["status"]["updateRevision"], "{back}");
    assert_eq!((live(&web, "nginx:1.0").await?, live(&web, BAD_IMAGE).await?), (REPLICAS, 0));
    assert_eq!(stored(&world).await?, ["nginx:1.0", BAD_IMAGE], "both are in use");
    within_limits(&web)?;
    web.told("RolledBack").await?;

    web.patch(json!({ "image": "nginx:2.0", "progressDeadlineSeconds": 600 })).await?;
    let object = carried_out(&web, "nginx:2.0").await?;
    assert_eq!(condition(&object, "Degraded")["status"], "False", "{object}");
    assert_eq!(web.events("RolledBack").await?.len(), 1, "once");
    eventually("templates that nothing needs are gone", async || {
        let stored = stored(&world).await?;
        Failure::unless(stored == ["nginx:2.0"], || format!("{stored:?}"))
    })
    .await?;
    within_limits(&web)
}

async fn an_operator_killed_in_a_rollout_ends_it(world: World) -> Result<(), Failure> {
    let mut operator = service::start_brisk(&world).await?;
    let web = brisk(&world).await?;

    web.patch(json!({ "image": "nginx:2.0" })).await?;
    eventually("the rollout has begun", async || {
        let begun = !web.accepted("delete", "pods")?.is_empty();
        Failure::unless(begun, || "no pod was removed".to_owned())
    })
    .await?;
    operator.kill9().await?;
    operator.restart()?;

    carried_out(&web, "nginx:2.0").await?;
    within_limits(&web)?;
    let count = |verb: &str| web.accepted(verb, "pods").map(|entries| entries.len());
    assert_eq!((count("create")?, count("delete")?), (2 * REPLICAS, REPLICAS), "each pod once");
    Ok(())
}
