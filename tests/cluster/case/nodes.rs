//! Slots that never have two pods, and pods that are stuck on nodes that are off

use std::collections::BTreeMap;

use futures::{StreamExt, TryStreamExt};
use k8s_openapi::api::core::v1::{Node, Pod};
use kube::api::{DeleteParams, ListParams, Patch, PatchParams, PostParams, WatchEvent, WatchParams};
use kube::{Api, ResourceExt};
use serde_json::{Value, json};

use super::Case;
use crate::failure::Failure;
use crate::service::{self, LONE_SERVICE, Service, condition};
use crate::wait::{eventually, limit};
use crate::world::World;

const FINALIZER: &str = "example.com/of-somebody-else";

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::new(a_slot_never_has_two_pods),
        Case::new(a_pod_of_a_deleted_node_is_forced),
        Case::new(a_pod_of_a_fenced_node_goes),
    ]
}

/// A pod that somebody holds keeps its slot, through a scale-up and a new template
async fn a_slot_never_has_two_pods(world: World) -> Result<(), Failure> {
    let _operator = service::start_lone(&world).await?;
    let web = Service::create_of(LONE_SERVICE, &world, "web", json!({ "replicaCount": 3 })).await?;
    web.converged(3).await?;
    let pods = world.api::<Pod>();
    let before = pods.list(&ListParams::default()).await?;

    let held = web.pod_names().await?.swap_remove(0);
    hold(&pods, &held, json!([FINALIZER])).await?;
    pods.delete(&held, &DeleteParams::default()).await?;
    web.until("it is on its way out", |object| object["status"]["terminatingReplicas"] == 1).await?;
    web.patch(json!({ "replicaCount": 4 })).await?;
    web.until("there is one more, and no other", |object| {
        object["status"]["healthyReplicas"] == 3
            && object["status"]["terminatingReplicas"] == 1
            && object["status"]["observedGeneration"] == object["metadata"]["generation"]
    })
    .await?;
    web.patch(json!({ "image": "nginx:next" })).await?;
    let stuck = web
        .until("it is stuck", |object| condition(object, "Degraded")["reason"] == "StuckTerminating")
        .await?;
    let message = condition(&stuck, "Degraded")["message"].as_str().unwrap_or_default();
    assert!(message.contains(FINALIZER), "{message}");
    assert!(message.contains("their slots stay empty until they are gone"), "{message}");
    assert_eq!(
        web.requests("delete", "pods")?.len(),
        0,
        "force does not help, and no other pod can be missed"
    );

    hold(&pods, &held, Value::Null).await?;
    web.converged(4).await?;
    // all by themselves: one more, the successor of the held one, and three of the new template
    replay(&world, before.items, &before.metadata.resource_version.unwrap_or_default(), (5, 4)).await
}

/// Sets or takes the finalizers of a pod
async fn hold(pods: &Api<Pod>, name: &str, finalizers: Value) -> Result<(), Failure> {
    let patch = Patch::Merge(json!({ "metadata": { "finalizers": finalizers } }));
    pods.patch(name, &PatchParams::default(), &patch).await?;
    Ok(())
}

/// Goes through what happened since, with so many pods made and so many gone: never two of a slot, never too many
async fn replay(
    world: &World,
    there: Vec<Pod>,
    since: &str,
    (mut made, mut gone): (usize, usize),
) -> Result<(), Failure> {
    let slot = |pod: &Pod| pod.labels().get("healing.dev/slot").cloned().unwrap_or_default();
    let mut slots: BTreeMap<String, String> = there.iter().map(|pod| (pod.name_any(), slot(pod))).collect();
    let mut events = world.api::<Pod>().watch(&WatchParams::default(), since).await?.boxed();
    let reading = async {
        while (made, gone) != (0, 0) {
            match events.try_next().await? {
                Some(WatchEvent::Added(pod)) => {
                    let (name, slot) = (pod.name_any(), slot(&pod));
                    let taken = slots.values().any(|other| *other == slot);
                    Failure::unless(!taken, || format!("{name} is made in slot {slot}: {slots:?}"))?;
                    slots.insert(name, slot);
                    Failure::unless(slots.len() <= 4, || format!("too many: {slots:?}"))?;
                    made = made.checked_sub(1).ok_or_else(|| Failure::new("more pods are made"))?;
                }
                Some(WatchEvent::Deleted(pod)) => {
                    slots.remove(&pod.name_any());
                    gone = gone.checked_sub(1).ok_or_else(|| Failure::new("more pods are gone"))?;
                }
                Some(_) => {}
                None => return Err(Failure::new("the watch ended")),
            }
        }
        Ok(())
    };
    tokio::time::timeout(limit(), reading).await?
}

/// It waits as long as the node is only lost, and is gone as soon as the node is
async fn a_pod_of_a_deleted_node_is_forced(world: World) -> Result<(), Failure> {
    let _operator = service::start_lone(&world).await?;
    let (web, stuck) = stuck_on_a_node(&world).await?;
    Api::<Node>::all(world.client()).delete(world.namespace(), &DeleteParams::default()).await?;
    succeeded(&web, &stuck).await?;

    web.told("ForceDeleted").await?;
    let deletes = web.accepted("delete", "pods")?;
    let [forced] = deletes.as_slice() else {
        return Err(Failure::new(format!("{} deletes instead of one", deletes.len())));
    };
    let body = forced.request_object.clone().unwrap_or_default();
    assert_eq!(body["gracePeriodSeconds"], 0, "{body}");
    assert_eq!(body["preconditions"]["uid"], json!(stuck.metadata.uid), "{body}");
    assert!(!body["preconditions"]["resourceVersion"].is_null(), "{body}");
    assert!(!web.requests("get", "nodes")?.is_empty(), "the node was looked at once more");
    Ok(())
}

/// The same for a node that somebody says is off; where Kubernetes looks first, it removes the pod itself
async fn a_pod_of_a_fenced_node_goes(world: World) -> Result<(), Failure> {
    let _operator = service::start_lone(&world).await?;
    let (web, stuck) = stuck_on_a_node(&world).await?;
    let nodes: Api<Node> = Api::all(world.client());
    let taint =
        json!({ "key": "node.kubernetes.io/out-of-service", "value": "nodeshutdown", "effect": "NoExecute" });
    let patch = Patch::Strategic(json!({ "spec": { "taints": [taint] } }));
    nodes.patch(world.namespace(), &PatchParams::default(), &patch).await?;
    succeeded(&web, &stuck).await?;
    if world.arm().real().is_err() {
        web.told("ForceDeleted").await?;
    }
    nodes.delete(world.namespace(), &DeleteParams::default()).await?;
    Ok(())
}

/// A pod that is being deleted on a node of its own, which nobody plays
async fn stuck_on_a_node(world: &World) -> Result<(Service, Pod), Failure> {
    let nodes: Api<Node> = Api::all(world.client());
    // not counted by those who look after the nodes of all cases
    let node = serde_json::from_value(json!({
        "metadata": { "name": world.namespace(), "labels": { "node.kubernetes.io/exclude-disruption": "" } },
    }))?;
    nodes.create(&PostParams::default(), &node).await?;
    let spec = json!({ "replicaCount": 1, "node": world.namespace() });
    let web = Service::create_of(LONE_SERVICE, world, "web", spec).await?;
    let pod =
        eventually("its pod", async || web.pods().await?.pop().ok_or_else(|| Failure::new("no pod"))).await?;
    world.api::<Pod>().delete(&pod.name_any(), &DeleteParams::default()).await?;
    let object = web
        .until("it is stuck", |object| condition(object, "Degraded")["reason"] == "StuckTerminating")
        .await?;
    let message = condition(&object, "Degraded")["message"].as_str().unwrap_or_default();
    assert!(message.contains("a node is lost: if it is off for certain"), "{message}");
    assert_eq!(web.requests("delete", "pods")?.len(), 0, "it may run");
    assert_eq!(web.accepted("create", "pods")?.len(), 1, "and its slot waits");
    Ok((web, pod))
}

/// Waits until another pod has taken the place of this one
async fn succeeded(web: &Service, old: &Pod) -> Result<(), Failure> {
    eventually("another pod is there", async || {
        let uids: Vec<_> = web.pods().await?.into_iter().map(|pod| pod.metadata.uid).collect();
        Failure::unless(uids.len() == 1 && uids[0] != old.metadata.uid, || format!("{uids:?}"))
    })
    .await
}
