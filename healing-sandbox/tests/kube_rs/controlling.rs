//! A controller with children and a finalizer, as kube's own examples write one

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures::{StreamExt, future};
use k8s_openapi::api::core::v1::ConfigMap;
use kube::api::{DeleteParams, Patch, PatchParams, PostParams};
use kube::runtime::controller::Action;
use kube::runtime::finalizer::{self, Event, finalizer};
use kube::runtime::wait::{await_condition, conditions};
use kube::runtime::{Controller, watcher};
use kube::{Api, Client, Resource, ResourceExt};
use serde_json::json;

use crate::world::{Shelf, ShelfSpec, ShelfStatus, World, shelf};

const FINALIZER: &str = "tests.example.com/clear";

struct Context {
    client: Client,
    /// Cleanups end well
    clears: AtomicBool,
}

/// Keeps a map for each shelf, and says in the status what it holds
async fn reconcile(seen: Arc<Shelf>, cx: Arc<Context>) -> Result<Action, finalizer::Error<kube::Error>> {
    let shelves: Api<Shelf> = Api::default_namespaced_with(cx.client.clone(), &shelf());
    finalizer(&shelves.clone(), FINALIZER, seen, async |event| match event {
        Event::Apply(seen) => apply(&cx, &shelves, &seen).await,
        Event::Cleanup(seen) => clear(&cx, &seen).await,
    })
    .await
}

async fn apply(cx: &Context, shelves: &Api<Shelf>, seen: &Shelf) -> Result<Action, kube::Error> {
    let maps: Api<ConfigMap> = Api::default_namespaced(cx.client.clone());
    let owner = seen.controller_owner_ref(&shelf());
    let map = json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": { "name": seen.name_any(), "ownerReferences": [owner] },
        "data": { "books": seen.spec.books.to_string() },
    });
    let params = PatchParams::apply("shelf-controller").force();
    maps.patch(&seen.name_any(), &params, &Patch::Apply(map)).await?;
    let status = json!({
        "apiVersion": "tests.example.com/v1", "kind": "Shelf",
        "status": { "books": seen.spec.books },
    });
    shelves.patch_status(&seen.name_any(), &params, &Patch::Apply(status)).await?;
    Ok(Action::requeue(Duration::from_hours(1)))
}

/// Leaves a map behind that says so
async fn clear(cx: &Context, seen: &Shelf) -> Result<Action, kube::Error> {
    let maps: Api<ConfigMap> = Api::default_namespaced(cx.client.clone());
    if !cx.clears.load(Ordering::SeqCst) {
        return Err(kube::Error::LinesCodecMaxLineLengthExceeded);
    }
    let name = format!("{}-was-cleared", seen.name_any());
    let map = json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": name } });
    maps.patch(&name, &PatchParams::apply("shelf-controller"), &Patch::Apply(map)).await?;
    Ok(Action::await_change())
}

/// Runs the controller until `case` has ended
async fn with_controller(world: &World, cx: Arc<Context>, case: impl Future<Output = ()>) {
    let shelves: Api<Shelf> = Api::default_namespaced_with(world.client.clone(), &shelf());
    let controller = Controller::new_with(shelves, watcher::Config::default(), shelf())
        .owns(world.api::<ConfigMap>(), watcher::Config::default())
        .run(reconcile, |_, _, _| Action::requeue(Duration::from_secs(1)), cx)
        .for_each(|_| future::ready(()));
    future::select(pin!(controller), pin!(case)).await;
}

async fn settled(shelves: &Api<Shelf>, name: &str, books: i32) -> Shelf {
    let holds = move |seen: Option<&Shelf>| {
        seen.and_then(|seen| seen.status.as_ref()).is_some_and(|status| status.books == books)
    };
    await_condition(shelves.clone(), name, holds).await.unwrap().expect("it is there")
}

pub(crate) async fn a_controller_keeps_its_children_and_clears_them_up(world: &World) {
    let shelves = world.shelves().await;
    let maps = world.api::<ConfigMap>();
    let cx = Arc::new(Context { client: world.client.clone(), clears: AtomicBool::new(true) });
    with_controller(world, cx, async {
        let made = Shelf::new("a", &shelf(), ShelfSpec { books: 2 });
        shelves.create(&PostParams::default(), &made).await.unwrap();
        let seen = settled(&shelves, "a", 2).await;
        assert_eq!(seen.finalizers(), [FINALIZER]);
        let child = maps.get("a").await.unwrap();
        assert_eq!(child.owner_references()[0].uid, seen.uid().unwrap());

        maps.delete("a", &DeleteParams::default()).await.unwrap();
        let anew = |map: Option<&ConfigMap>| map.is_some_and(|map| map.uid() != child.uid());
        await_condition(maps.clone(), "a", anew).await.unwrap();

        let patch = Patch::Merge(json!({ "spec": { "books": 5 } }));
        shelves.patch("a", &PatchParams::default(), &patch).await.unwrap();
        let seen = settled(&shelves, "a", 5).await;
        assert_eq!(seen.status.unwrap(), ShelfStatus { books: 5, ..ShelfStatus::default() });
        let five = |map: Option<&ConfigMap>| {
            map.and_then(|map| map.data.as_ref()).is_some_and(|data| data["books"] == "5")
        };
        let child = await_condition(maps.clone(), "a", five).await.unwrap().unwrap();

        shelves.delete("a", &DeleteParams::default()).await.unwrap();
        await_condition(maps.clone(), "a-was-cleared", |map: Option<&ConfigMap>| map.is_some())
            .await
            .unwrap();
        // the garbage collector takes what the owner leaves
        await_condition(maps.clone(), "a", conditions::is_deleted(&child.uid().unwrap())).await.unwrap();
        assert!(shelves.get_opt("a").await.unwrap().is_none());
    })
    .await;
}

pub(crate) async fn a_cleanup_that_fails_keeps_the_object(world: &World) {
    let shelves = world.shelves().await;
    let maps = world.api::<ConfigMap>();
    let cx = Arc::new(Context { client: world.client.clone(), clears: AtomicBool::new(false) });
    with_controller(world, Arc::clone(&cx), async {
        let made = Shelf::new("a", &shelf(), ShelfSpec { books: 2 });
        shelves.create(&PostParams::default(), &made).await.unwrap();
        settled(&shelves, "a", 2).await;
        let left = shelves.delete("a", &DeleteParams::default()).await.unwrap().left().unwrap();
        assert!(left.meta().deletion_timestamp.is_some());
        // a write that ends is behind the first tries
        world.create_map("later", json!({})).await;
        assert_eq!(shelves.get("a").await.unwrap().finalizers(), [FINALIZER]);
        cx.clears.store(true, Ordering::SeqCst);
        await_condition(maps.clone(), "a-was-cleared", |map: Option<&ConfigMap>| map.is_some())
            .await
            .unwrap();
    })
    .await;
}
