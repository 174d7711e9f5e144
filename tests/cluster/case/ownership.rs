//! Ownership: pods that look like ours and are not are neither counted nor touched, whatever state they are in

use healing_engine::pod_name;
use healing_sandbox::{Failure as PodFailure, Pods};
use k8s_openapi::api::core::v1::{ConfigMap, Pod};
use kube::api::{ObjectMeta, PostParams, PropagationPolicy};
use serde_json::{Value, json};

use super::Case;
use crate::failure::Failure;
use crate::operator::Operator;
use crate::service::{self, EXAMPLE, Service};
use crate::wait::eventually;
use crate::world::World;

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::new(pods_of_others_with_our_labels_are_left_alone),
        Case::new(orphans_of_a_namesake_are_left_alone),
        Case::new(a_foreign_pod_keeps_a_name_that_we_would_use),
    ]
}

/// With the documented label, with all our labels, with another controller: broken, while ours are healed and scaled
async fn pods_of_others_with_our_labels_are_left_alone(world: World) -> Result<(), Failure> {
    let _operator = service::start(&world).await?;
    let web = Service::create(&world, "web", json!({ "replicaCount": 3 })).await?;
    web.converged(3).await?;
    let all_labels = serde_json::to_value(&web.pods().await?.remove(0).metadata.labels)?;
    let foreign = [
        foreign_pod(&world, "by-label", json!({ "app": "web" }), None).await?,
        foreign_pod(&world, "by-all-labels", all_labels.clone(), None).await?,
        foreign_pod(&world, "of-another", all_labels, Some(another_controller(&world).await?)).await?,
    ];
    let theirs = Pods::all().namespace(world.namespace()).matching(|pod| !is_of_operator(pod));
    let _theirs = world.kubelet().fail(theirs, PodFailure::CrashLoop);
    let (_, _ours) = web.break_first(PodFailure::CrashLoop).await?;

    // a heal, while theirs are as broken as ours
    web.until("the broken pod is healed", |object| {
        object["status"]["lastHealTime"].is_string() && object["status"]["healing"]["intents"].is_null()
    })
    .await?;
    web.converged(3).await?;
    web.patch(json!({ "replicaCount": 4 })).await?;
    web.converged(4).await?;
    web.patch(json!({ "replicaCount": 3 })).await?;
    let object = web.converged(3).await?;

    assert_eq!(object["status"]["unhealthyReplicas"], 0, "theirs are not counted");
    assert_eq!(web.requests("create", "pods")?.len(), 3 + 1 + 1);
    assert_eq!(web.accepted("delete", "pods")?.len(), 1 + 1);
    web.delete(PropagationPolicy::Background).await?;
    web.gone().await?;
    are_untouched(&web, &foreign).await
}

/// A resource is deleted and leaves its pods; a new one under its name makes its own
async fn orphans_of_a_namesake_are_left_alone(world: World) -> Result<(), Failure> {
    let mut operator = service::start(&world).await?;
    let old = Service::create(&world, "web", json!({ "replicaCount": 3 })).await?;
    old.converged(3).await?;
    let old_uid = old.uid().await?;
    operator.terminate()?;
    operator.wait_exit().await?;
    old.delete(PropagationPolicy::Orphan).await?;
    let orphans = eventually("the pods have no owner any more", async || {
        let pods = world.api::<Pod>().list(&kube::api::ListParams::default()).await?.items;
        let owned = pods.iter().filter(|pod| pod.metadata.owner_references.is_some()).count();
        Failure::unless(owned == 0, || format!("{owned} are owned"))?;
        Ok(pods)
    })
    .await?;
    assert_eq!(orphans.len(), 3);
    operator.restart()?;
    old.gone().await?;
    let failing = Pods::all().namespace(world.namespace()).label("healing.dev/owner-uid", &old_uid);
    let _failure = world.kubelet().fail(failing, PodFailure::CrashLoop);

    let new = Service::create(&world, "web", json!({ "replicaCount": 3 })).await?;
    new.converged(3).await?;
    new.patch(json!({ "replicaCount": 4 })).await?;
    new.converged(4).await?;

    assert_ne!(new.uid().await?, old_uid);
    assert_eq!(new.requests("create", "pods")?.len(), 3 + 4, "all pods are new ones");
    assert_eq!(new.requests("delete", "pods")?.len(), 0);
    new.delete(PropagationPolicy::Background).await?;
    new.gone().await?;
    are_untouched(&new, &orphans).await
}

/// Names are deterministic, so somebody may have the next one: another is used, and the conflict is told
async fn a_foreign_pod_keeps_a_name_that_we_would_use(world: World) -> Result<(), Failure> {
    service::install(&world).await?;
    let web = Service::create(&world, "web", json!({ "replicaCount": 3 })).await?;
    let uid = web.uid().await?;
    let name = |slot, incarnation| pod_name("web", &uid, slot, incarnation);
    let label = json!({ "app": "web" });
    let all_labels = json!({
        "app": "web",
        "app.kubernetes.io/managed-by": "healing-operator",
        "healing.dev/owner-uid": uid,
        "healing.dev/slot": "1",
    });
    let foreign = [
        foreign_pod(&world, &name(0, 0), label, None).await?,
        foreign_pod(&world, &name(1, 0), all_labels, None).await?,
    ];

    let _operator = world.operator(Operator::example(EXAMPLE)).await?;
    web.converged(3).await?;

    let mut expected = [name(0, 1), name(1, 1), name(2, 0)];
    expected.sort();
    assert_eq!(web.pod_names().await?, expected, "the next incarnation where the first name is taken");
    for pod in &foreign {
        let taken = pod.metadata.name.clone().unwrap_or_default();
        eventually(&format!("event NameConflict about {taken}"), async || {
            let told = web.events("NameConflict").await?;
            let notes: Vec<String> = told.into_iter().filter_map(|event| event.note).collect();
            Failure::unless(notes.iter().any(|note| note.contains(&taken)), || format!("{notes:?}"))
        })
        .await?;
    }
    let creates = web.requests("create", "pods")?;
    assert_eq!(creates.iter().filter(|create| create.code() == 201).count(), 3);
    assert_eq!(
        creates.iter().filter(|create| create.code() == 409).count(),
        2,
        "each taken name is tried once"
    );
    are_untouched(&web, &foreign).await
}

/// Somebody's pod
async fn foreign_pod(
    world: &World,
    name: &str,
    labels: Value,
    controller: Option<Value>,
) -> Result<Pod, Failure> {
    let owners: Vec<Value> = controller.into_iter().collect();
    let pod = serde_json::from_value(json!({
        "metadata": { "name": name, "labels": labels, "ownerReferences": owners },
        "spec": { "containers": [{ "name": "app", "image": "nginx" }] },
    }))?;
    Ok(world.api::<Pod>().create(&PostParams::default(), &pod).await?)
}

/// A reference to another controller, which exists: the pod of one that does not is collected as garbage
async fn another_controller(world: &World) -> Result<Value, Failure> {
    let metadata = ObjectMeta { name: Some("another".to_owned()), ..ObjectMeta::default() };
    let map = ConfigMap { metadata, ..ConfigMap::default() };
    let made = world.api::<ConfigMap>().create(&PostParams::default(), &map).await?;
    Ok(json!({
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "name": "another",
        "uid": made.metadata.uid,
        "controller": true,
    }))
}

fn is_of_operator(pod: &Pod) -> bool {
    let owners = pod.metadata.owner_references.iter().flatten();
    owners.into_iter().any(|owner| owner.kind == "HealingService")
}

/// The pods are the same ones and stay, and the operator asked for no change of any
async fn are_untouched(web: &Service, foreign: &[Pod]) -> Result<(), Failure> {
    for pod in foreign {
        let name = pod.metadata.name.clone().unwrap_or_default();
        let now = web.world.api::<Pod>().get(&name).await?;
        assert_eq!(now.metadata.uid, pod.metadata.uid, "{name} is the same pod");
        assert!(now.metadata.deletion_timestamp.is_none(), "{name} stays");
        assert_eq!(now.metadata.labels, pod.metadata.labels, "{name} keeps its labels");
        assert_eq!(now.metadata.owner_references, pod.metadata.owner_references, "{name} is not adopted");
        for verb in ["delete", "deletecollection", "patch", "update"] {
            let asked = web.requests(verb, "pods")?;
            if let Some(about) = asked.iter().find(|entry| entry.name() == name) {
                return Err(Failure::new(format!("the operator asked: {about}")));
            }
        }
    }
    Ok(())
}
