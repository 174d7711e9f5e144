//! Lists in pages, metadata alone, logs

use std::collections::BTreeSet;

use futures::AsyncBufReadExt;
use futures::TryStreamExt;
use k8s_openapi::api::core::v1::{ConfigMap, Pod};
use kube::ResourceExt;
use kube::api::{GetParams, ListParams, LogParams, PostParams, VersionMatch};
use kube::runtime::wait::{await_condition, conditions};
use serde_json::json;

use crate::waiting::pod;
use crate::world::{World, code};

pub(crate) async fn lists_come_in_pages(world: &World) {
    let maps = world.api::<ConfigMap>();
    for index in 0..7 {
        world.create_map(&format!("map-{index}"), json!({ "app": "web" })).await;
    }
    let mut params = ListParams::default().labels("app=web").limit(3);
    let (mut names, mut sizes) = (BTreeSet::new(), Vec::new());
    loop {
        let page = maps.list(&params).await.unwrap();
        sizes.push(page.items.len());
        names.extend(page.items.iter().map(ResourceExt::name_any));
        // what comes in between belongs to no page
        world.create_map(&format!("new-{}", sizes.len()), json!({ "app": "web" })).await;
        match page.metadata.continue_.as_deref() {
            None | Some("") => break,
            Some(token) => params = params.clone().continue_token(token),
        }
    }
    assert_eq!((sizes, names.len()), (vec![3, 3, 1], 7));
    world.forget_history();
    assert_eq!(code(maps.list(&params).await), 410, "the token is of the lost history");
}

pub(crate) async fn metadata_is_read_alone(world: &World) {
    let maps = world.api::<ConfigMap>();
    let made = world.create_map("a", json!({ "app": "web" })).await;
    let seen = maps.get_metadata("a").await.unwrap();
    assert_eq!((seen.uid(), seen.resource_version()), (made.uid(), made.resource_version()));
    assert!(maps.get_metadata_opt("b").await.unwrap().is_none());
    let version = made.resource_version().unwrap();
    let params = ListParams::default().labels("app=web").at(&version).matching(VersionMatch::NotOlderThan);
    let list = maps.list_metadata(&params).await.unwrap();
    assert_eq!(list.items.iter().map(ResourceExt::name_any).collect::<Vec<_>>(), ["a"]);
    let params = ListParams::default().labels("app=web").at(&version).matching(VersionMatch::Exact);
    world.create_map("b", json!({ "app": "web" })).await;
    assert_eq!(maps.list_metadata(&params).await.unwrap().items.len(), 1, "as it was then");
    let any = maps.get_with("b", &GetParams::any()).await.unwrap();
    assert_eq!(any.name_any(), "b");
}

pub(crate) async fn logs_are_read_and_streamed(world: &World) {
    let pods = world.api::<Pod>();
    pods.create(&PostParams::default(), &pod("web")).await.unwrap();
    let ready = |pod: Option<&Pod>| {
        let conditions = pod.and_then(|pod| pod.status.as_ref()?.conditions.as_ref());
        conditions.is_some_and(|all| all.iter().any(|one| one.type_ == "Ready" && one.status == "True"))
    };
    await_condition(pods.clone(), "web", conditions::is_pod_running()).await.unwrap();
    await_condition(pods.clone(), "web", ready).await.unwrap();
    let whole = pods.logs("web", &LogParams::default()).await.unwrap();
    assert!(whole.starts_with("started: ") && whole.ends_with("ready\n"), "{whole}");
    let last = LogParams { tail_lines: Some(1), container: Some("app".into()), ..LogParams::default() };
    assert_eq!(pods.logs("web", &last).await.unwrap(), "ready\n");
    let lines: Vec<String> =
        pods.log_stream("web", &last).await.unwrap().lines().try_collect().await.unwrap();
    assert_eq!(lines, ["ready"]);
    let none = LogParams { container: Some("none".into()), ..LogParams::default() };
    assert_eq!(code(pods.logs("web", &none).await), 400);
}
