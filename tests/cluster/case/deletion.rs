//! Deletion of a resource: its pods go first, then the finalizer, then the object, and nothing is left behind

use futures::{StreamExt, TryStreamExt};
use k8s_openapi::api::core::v1::{ConfigMap, Pod};
use kube::Api;
use kube::ResourceExt;
use kube::api::{
    DeleteParams, ListParams, Patch, PatchParams, PostParams, PropagationPolicy, WatchEvent, WatchParams,
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::Case;
use crate::failure::Failure;
use crate::service::{self, Service};
use crate::wait::{eventually, limit};
use crate::world::World;

const FINALIZER: &str = "example.com/cleanup-protection";
const FOREIGN_FINALIZER: &str = "example.com/of-somebody-else";

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::new(pods_go_first_then_the_finalizer_then_the_object),
        Case::new(without_the_operator_the_object_waits),
        Case::new(foreground_deletion_ends_as_well),
        Case::new(orphaned_pods_stay),
        Case::new(the_finalizer_stays_while_a_pod_is_hidden_from_the_watch),
        Case::new(a_foreign_finalizer_is_left_alone),
    ]
}

/// The order, by the revisions of the store and by the requests
async fn pods_go_first_then_the_finalizer_then_the_object(world: World) -> Result<(), Failure> {
    let _operator = service::start(&world).await?;
    let web = Service::create(&world, "web", json!({ "replicaCount": 3 })).await?;
    web.converged(3).await?;
    let uid = web.uid().await?;
    let before = world.api::<Pod>().list(&ListParams::default()).await?.metadata.resource_version;
    let before = before.unwrap_or_default();

    web.delete(PropagationPolicy::Background).await?;
    web.gone().await?;

    let pods = removals(world.api::<Pod>(), &before, 3).await?;
    let object = removals(web.api(), &before, 1).await?;
    assert!(
        pods.iter().all(|pod| *pod < object[0]),
        "pods are removed at {pods:?}, the object at {object:?}"
    );
    nothing_is_left(&world).await?;

    let deletes = web.requests("delete", "pods")?;
    assert_eq!(deletes.len(), 3, "one DELETE a pod");
    let patches = web.requests("patch", "healingservices")?;
    let [on, off] = patches.as_slice() else {
        return Err(Failure::new(format!("{} patches instead of finalizer on and off", patches.len())));
    };
    let finalizers = |body: &Option<Value>| body.as_ref().map(|body| body["metadata"]["finalizers"].clone());
    assert_eq!(finalizers(&on.request_object), Some(json!([FINALIZER])));
    assert_eq!(finalizers(&off.request_object), Some(json!([])));
    assert!(deletes.iter().all(|delete| delete.stage_timestamp < off.request_received_timestamp));
    let lists = live_lists(&web, &uid)?;
    let last = deletes.iter().map(|delete| delete.stage_timestamp).max();
    let between =
        lists.iter().filter(|list| Some(**list) > last && **list < off.request_received_timestamp).count();
    assert!(between > 0, "no live list between the last DELETE and the end of the finalizer");
    assert_eq!(web.requests("create", "pods")?.len(), 3, "none is made for those that went");
    web.told("CleanupComplete").await?;
    Ok(())
}

/// Nobody else removes anything; once the operator is back it ends what was asked for
async fn without_the_operator_the_object_waits(world: World) -> Result<(), Failure> {
    let mut operator = service::start(&world).await?;
    let web = Service::create(&world, "web", json!({ "replicaCount": 3 })).await?;
    web.converged(3).await?;
    operator.terminate()?;
    operator.wait_exit().await?;

    web.delete(PropagationPolicy::Background).await?;
    garbage_is_collected(&world).await?;

    let object = web.get().await?;
    assert!(object["metadata"]["deletionTimestamp"].is_string());
    assert_eq!(object["metadata"]["finalizers"], json!([FINALIZER]));
    let pods = web.pods().await?;
    assert_eq!(pods.len(), 3);
    assert!(pods.iter().all(|pod| pod.metadata.deletion_timestamp.is_none()), "the pods serve on");

    operator.restart()?;
    web.gone().await?;
    nothing_is_left(&world).await?;
    assert_eq!(web.requests("create", "pods")?.len(), 3, "the fresh operator makes none");
    Ok(())
}

/// The garbage collector and the operator both remove pods; neither stops the other
async fn foreground_deletion_ends_as_well(world: World) -> Result<(), Failure> {
    let _operator = service::start(&world).await?;
    let web = Service::create(&world, "web", json!({ "replicaCount": 3 })).await?;
    web.converged(3).await?;

    web.delete(PropagationPolicy::Foreground).await?;
    web.gone().await?;

    nothing_is_left(&world).await?;
    assert_eq!(web.requests("create", "pods")?.len(), 3);
    // the garbage collector has an entry of its own there, which only it may take off: a patch that has not seen the
    // newest list of finalizers is refused
    for patch in web.requests("patch", "healingservices")? {
        let body = patch.request_object.as_ref().ok_or_else(|| Failure::new("a patch without a body"))?;
        let bound = body["metadata"]["uid"].is_string() && body["metadata"]["resourceVersion"].is_string();
        Failure::unless(bound, || format!("finalizers patched with {body}"))?;
    }
    Ok(())
}

/// Who deletes with `--cascade=orphan` asks for the pods to stay, also while the operator runs
async fn orphaned_pods_stay(world: World) -> Result<(), Failure> {
    let _operator = service::start(&world).await?;
    let web = Service::create(&world, "web", json!({ "replicaCount": 3 })).await?;
    web.converged(3).await?;
    let names = web.pod_names().await?;

    web.delete(PropagationPolicy::Orphan).await?;
    web.gone().await?;

    let left = world.api::<Pod>().list(&ListParams::default()).await?.items;
    let owned = left.iter().filter(|pod| !pod.owner_references().is_empty()).count();
    assert_eq!((left.len(), owned), (names.len(), 0), "all pods stay, and belong to nobody");
    // the collector's entry goes after the owner references have gone: a watch that still shows them is too old, and a
    // delete of what it shows is refused for its resourceVersion
    assert_eq!(web.accepted("delete", "pods")?.len(), 0);
    Ok(())
}

/// A pod without the label that the watch selects by is in no cache, and still holds the finalizer
async fn the_finalizer_stays_while_a_pod_is_hidden_from_the_watch(world: World) -> Result<(), Failure> {
    let mut operator = service::start(&world).await?;
    let web = Service::create(&world, "web", json!({ "replicaCount": 3 })).await?;
    web.converged(3).await?;
    let uid = web.uid().await?;
    let hidden = web.pod_names().await?.remove(0);
    operator.terminate()?;
    operator.wait_exit().await?;
    let unlabelled = json!({ "metadata": { "labels": { "app.kubernetes.io/managed-by": null } } });
    let pods = world.api::<Pod>();
    pods.patch(&hidden, &PatchParams::default(), &Patch::Merge(unlabelled)).await?;
    web.delete(PropagationPolicy::Background).await?;
    let before = live_lists(&web, &uid)?.len();

    operator.restart()?;
    eventually("the operator has asked what is left", async || {
        let names = web.pod_names().await?;
        let asked = live_lists(&web, &uid)?.len() - before;
        Failure::unless(names == [hidden.as_str()] && asked > 0, || format!("{asked} lists; left: {names:?}"))
    })
    .await?;

    let object = web.get().await?;
    assert_eq!(object["metadata"]["finalizers"], json!([FINALIZER]), "it waits for the hidden pod");
    // whoever is first: the operator has asked for it as well
    let deleted = world.api::<Pod>().delete(&hidden, &DeleteParams::default()).await;
    assert!(deleted.is_ok() || matches!(&deleted, Err(kube::Error::Api(status)) if status.code == 404));
    web.gone().await?;
    nothing_is_left(&world).await
}

/// Ours goes when our pods are gone; the object stays for whoever else holds it, and nothing comes back
async fn a_foreign_finalizer_is_left_alone(world: World) -> Result<(), Failure> {
    let _operator = service::start(&world).await?;
    let web = Service::create(&world, "web", json!({ "replicaCount": 3 })).await?;
    web.converged(3).await?;
    web.patch_metadata(json!({ "finalizers": [FINALIZER, FOREIGN_FINALIZER] })).await?;

    web.delete(PropagationPolicy::Background).await?;
    web.until("our finalizer is gone", |object| {
        object["metadata"]["finalizers"] == json!([FOREIGN_FINALIZER])
    })
    .await?;
    nothing_is_left(&world).await?;
    // a write of somebody else makes the operator look once more
    web.patch_metadata(json!({ "annotations": { "seen": "yes" } })).await?;
    web.until("the operator has seen that", |object| {
        object["status"]["replicas"] == 0 && object["status"]["terminatingReplicas"] == 0
    })
    .await?;
    assert_eq!(web.get().await?["metadata"]["finalizers"], json!([FOREIGN_FINALIZER]));
    assert_eq!(web.requests("create", "pods")?.len(), 3);

    web.patch_metadata(json!({ "finalizers": [] })).await?;
    web.gone().await
}

/// Not a single pod, whoever owns it
async fn nothing_is_left(world: &World) -> Result<(), Failure> {
    let pods = world.api::<Pod>().list(&ListParams::default()).await?.items;
    Failure::unless(pods.is_empty(), || format!("{} pods are left", pods.len()))
}

/// Waits until the garbage collector has dealt with a deletion that came after all that was asked for so far
async fn garbage_is_collected(world: &World) -> Result<(), Failure> {
    let maps: Api<ConfigMap> = world.api();
    let owner: ConfigMap = serde_json::from_value(json!({ "metadata": { "name": "owner" } }))?;
    let owner = maps.create(&PostParams::default(), &owner).await?;
    let reference =
        json!({ "apiVersion": "v1", "kind": "ConfigMap", "name": "owner", "uid": owner.metadata.uid });
    let owned = json!({ "metadata": { "name": "owned", "ownerReferences": [reference] } });
    maps.create(&PostParams::default(), &serde_json::from_value(owned)?).await?;
    maps.delete("owner", &DeleteParams::background()).await?;
    eventually("the garbage collector works", async || {
        let left = maps.get_opt("owned").await?;
        Failure::unless(left.is_none(), || "the owned object is there".to_owned())
    })
    .await
}

/// The revisions at which objects were removed, as a watch from `since` on tells them
async fn removals<K>(api: Api<K>, since: &str, count: usize) -> Result<Vec<u64>, Failure>
where
    K: kube::Resource + Clone + DeserializeOwned + std::fmt::Debug,
{
    let mut events = api.watch(&WatchParams::default(), since).await?.boxed();
    let mut revisions = Vec::new();
    let reading = async {
        while revisions.len() < count {
            match events.try_next().await? {
                Some(WatchEvent::Deleted(object)) => {
                    revisions.push(object.meta().resource_version.as_deref().unwrap_or_default().parse()?);
                }
                Some(_) => {}
                None => return Err(Failure::new("the watch ended")),
            }
        }
        Ok(())
    };
    tokio::time::timeout(limit(), reading).await??;
    Ok(revisions)
}

/// When the operator listed the pods of this owner, past its cache
fn live_lists(web: &Service, uid: &str) -> Result<Vec<jiff::Timestamp>, Failure> {
    let lists = web.requests("list", "pods")?;
    let of_owner =
        lists.iter().filter(|list| list.request_uri.contains("owner-uid") && list.request_uri.contains(uid));
    Ok(of_owner.map(|list| list.request_received_timestamp).collect())
}
