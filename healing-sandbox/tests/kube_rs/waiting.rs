//! Waiting for conditions, events that repeat, and a lease that one of two holds

use futures::future;
use k8s_openapi::api::coordination::v1::Lease;
use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::api::events::v1::Event as Stored;
use kube::api::{DeleteParams, ListParams, PostParams};
use kube::runtime::events::{Event, EventType, Recorder, Reporter};
use kube::runtime::wait::{Condition, await_condition, conditions, delete};
use kube::{Resource, ResourceExt};
use serde_json::json;

use crate::world::{World, code, from};

pub(crate) fn pod(name: &str) -> Pod {
    from(json!({
        "metadata": { "name": name, "labels": { "app": "web" } },
        "spec": { "containers": [{ "name": "app", "image": "nginx" }], "terminationGracePeriodSeconds": 1 },
    }))
}

pub(crate) async fn conditions_are_waited_for(world: &World) {
    // that of the definition is waited for inside
    world.shelves().await;
    let pods = world.api::<Pod>();
    let running = await_condition(pods.clone(), "web", conditions::is_pod_running());
    let create = async { pods.create(&PostParams::default(), &pod("web")).await };
    let (running, created) = future::join(running, create).await;
    let uid = created.unwrap().uid().unwrap();
    assert_eq!(running.unwrap().unwrap().uid().unwrap(), uid);
    let not_running = conditions::is_pod_running().not();
    let ended = await_condition(pods.clone(), "web", not_running.or(conditions::is_deleted(&uid)));
    let params = DeleteParams::default();
    let deleted = Box::pin(delete::delete_and_finalize(pods.clone(), "web", &params));
    let (ended, deleted) = future::join(ended, deleted).await;
    ended.unwrap();
    deleted.unwrap();
    assert!(pods.get_opt("web").await.unwrap().is_none());
}

pub(crate) async fn events_become_a_series(world: &World) {
    let map = world.create_map("a", json!({})).await;
    let reporter = Reporter { controller: "tests.example.com/shelves".into(), instance: Some("one".into()) };
    let recorder = Recorder::new(world.client.clone(), reporter);
    let event = Event {
        type_: EventType::Warning,
        reason: "Full".into(),
        note: Some("no place is left".into()),
        action: "Adding".into(),
        secondary: None,
    };
    for _ in 0..3 {
        recorder.publish(&event, &map.object_ref(&())).await.unwrap();
    }
    let about = format!("regarding.uid={}", map.uid().unwrap());
    let new = world.api::<Stored>().list(&ListParams::default().fields(&about)).await.unwrap();
    let [one] = &new.items[..] else { panic!("one event: {new:?}") };
    assert_eq!(one.series.as_ref().unwrap().count, 3);
    let about = format!("involvedObject.uid={},reason=Full,type=Warning", map.uid().unwrap());
    let old = world.api::<k8s_openapi::api::core::v1::Event>();
    let old = old.list(&ListParams::default().fields(&about)).await.unwrap();
    let [same] = &old.items[..] else { panic!("one event: {old:?}") };
    assert_eq!((same.uid(), same.message.as_deref()), (one.uid(), Some("no place is left")));
    assert_eq!(same.reporting_component.as_deref(), Some("tests.example.com/shelves"));
}

pub(crate) async fn one_of_two_holds_a_lease(world: &World) {
    let leases = world.api::<Lease>();
    let taken = |by: &str| {
        json!({
            "metadata": { "name": "leader" },
            "spec": {
                "holderIdentity": by, "leaseDurationSeconds": 15, "leaseTransitions": 0,
                "acquireTime": "2026-01-01T00:00:00.000000Z", "renewTime": "2026-01-01T00:00:00.000000Z",
            },
        })
    };
    let params = PostParams::default();
    let one = leases.create(&params, &from(taken("one"))).await.unwrap();
    assert_eq!(code(leases.create(&params, &from(taken("two"))).await), 409);
    let mut renewed = one.clone();
    renewed.spec.as_mut().unwrap().renew_time = Some(from(json!("2026-01-01T00:00:10.123456Z")));
    let renewed = leases.replace("leader", &params, &renewed).await.unwrap();
    let time = renewed.spec.as_ref().unwrap().renew_time.clone();
    assert_eq!(json!(time), json!("2026-01-01T00:00:10.123456Z"));
    let mut stolen = one;
    stolen.spec.as_mut().unwrap().holder_identity = Some("two".into());
    assert_eq!(
        code(leases.replace("leader", &params, &stolen).await),
        409,
        "it was read before it was renewed"
    );
    let mut given = renewed;
    given.spec.as_mut().unwrap().holder_identity = Some(String::new());
    let given = leases.replace("leader", &params, &given).await.unwrap();
    assert_eq!(given.spec.unwrap().holder_identity.as_deref(), Some(""));
}
