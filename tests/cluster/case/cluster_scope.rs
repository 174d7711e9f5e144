//! Resources of the cluster: their pods and objects are in the namespace that is declared

use healing_sandbox::{Failure as PodFailure, Pods};
use k8s_openapi::api::core::v1::{ConfigMap, Pod};
use k8s_openapi::api::events::v1::Event;
use kube::api::{ApiResource, DeleteParams, DynamicObject, GroupVersionKind, ListParams, PostParams};
use kube::{Api, ResourceExt};
use serde_json::{Value, json};

use super::Case;
use crate::embedded::spread;
use crate::failure::Failure;
use crate::service;
use crate::wait::eventually;
use crate::world::World;

pub(super) fn cases() -> Vec<Case> {
    vec![Case::new(pods_are_in_the_declared_namespace)]
}

async fn pods_are_in_the_declared_namespace(world: World) -> Result<(), Failure> {
    assert_eq!(world.namespace(), spread::NAMESPACE);
    let _operator = service::start_spread(&world).await?;
    let kind = GroupVersionKind::gvk("harness.test", "v1", "SpreadService");
    let kind = ApiResource::from_gvk_with_plural(&kind, "spreadservices");
    let services: Api<DynamicObject> = Api::all_with(world.client(), &kind);
    for name in ["east", "west"] {
        let service = serde_json::from_value(json!({
            "apiVersion": "harness.test/v1", "kind": "SpreadService", "metadata": { "name": name },
            "spec": { "replicaCount": 2 },
        }))?;
        services.create(&PostParams::default(), &service).await?;
    }
    let ready = async |name: &str| -> Result<Value, Failure> {
        let object = serde_json::to_value(services.get(name).await?)?;
        let is_ready = service::condition(&object, "Ready")["status"] == "True";
        Failure::unless(is_ready && object["status"]["healthyReplicas"] == 2, || object.to_string())?;
        Ok(object)
    };
    for name in ["east", "west"] {
        eventually("it is ready", async || ready(name).await).await?;
        let uid = services.get(name).await?.metadata.uid;
        let map = world.api::<ConfigMap>().get(name).await?;
        let pods = pods(&world, name).await?;
        assert_eq!(pods.len(), 2);
        for owners in pods.iter().map(Pod::owner_references).chain([map.owner_references()]) {
            assert_eq!((owners[0].kind.as_str(), Some(&owners[0].uid)), ("SpreadService", uid.as_ref()));
        }
    }

    // one of two fails: it is healed, and the event about it is where events about the cluster are
    let broken = pods(&world, "east").await?.remove(0);
    let uid = broken.metadata.uid.clone();
    let failing = Pods::all().namespace(world.namespace()).matching(move |pod| pod.metadata.uid == uid);
    let _failure = world.kubelet().fail(failing, PodFailure::CrashLoop);
    eventually("it is replaced", async || {
        let left = pods(&world, "east").await?.iter().any(|pod| pod.metadata.uid == broken.metadata.uid);
        Failure::unless(!left, || "it is there".to_owned())?;
        ready("east").await
    })
    .await?;
    let events: Api<Event> = Api::namespaced(world.client(), "default");
    eventually("the heal is told", async || {
        let all = events.list(&ListParams::default()).await?.items;
        let told = all.iter().any(|event| {
            let about = event.regarding.as_ref().and_then(|about| about.kind.as_deref());
            event.reason.as_deref() == Some("HealingTriggered") && about == Some("SpreadService")
        });
        Failure::unless(told, || format!("{} events", all.len()))
    })
    .await?;

    for name in ["east", "west"] {
        services.delete(name, &DeleteParams::default()).await?;
        eventually("it is gone, and its pods before it", async || {
            let left = services.get_opt(name).await?.is_some();
            Failure::unless(!left, || name.to_owned())
        })
        .await?;
        assert_eq!(pods(&world, name).await?.len(), 0);
    }
    Ok(())
}

async fn pods(world: &World, name: &str) -> Result<Vec<Pod>, Failure> {
    let of = ListParams::default().labels(&format!("app={name}"));
    Ok(world.api::<Pod>().list(&of).await?.items)
}
