//! Watches that go well: lists before them, what they leave out, and the store that follows them

use std::collections::BTreeSet;
use std::pin::pin;

use futures::{Stream, StreamExt, TryStreamExt};
use k8s_openapi::api::core::v1::ConfigMap;
use kube::ResourceExt;
use kube::api::{DeleteParams, Patch, PatchParams};
use kube::core::PartialObjectMeta;
use kube::runtime::watcher::{Config, Event};
use kube::runtime::{WatchStreamExt, reflector, watcher};
use serde_json::{Value, json};

use crate::world::World;

/// The next events, each as a word and a name, without the map that each namespace has
async fn told<K: ResourceExt>(
    watch: &mut (impl Stream<Item = watcher::Result<Event<K>>> + Unpin),
    count: usize,
) -> Vec<String> {
    let mut words = Vec::new();
    while words.len() < count {
        let word = watch.try_next().await.unwrap().unwrap().to_string();
        if !word.contains("kube-root-ca.crt") {
            words.push(word);
        }
    }
    words
}

/// The words of a list are sorted: its order is nobody's promise
fn list_of(names: &[&str]) -> Vec<String> {
    let applied = names.iter().map(|name| format!("InitApply({name})"));
    ["Init".to_owned()].into_iter().chain(applied).chain(["InitDone".to_owned()]).collect()
}

pub(crate) async fn both_ways_to_list_tell_the_same(world: &World) {
    let maps = world.api::<ConfigMap>();
    for name in ["a", "b", "c", "d", "e"] {
        world.create_map(name, json!({})).await;
    }
    for config in [Config::default(), Config::default().page_size(2), Config::default().streaming_lists()] {
        let mut watch = pin!(watcher(maps.clone(), config));
        assert_eq!(told(&mut watch, 7).await, list_of(&["a", "b", "c", "d", "e"]));
        world.create_map("f", json!({ "new": "yes" })).await;
        let patch = Patch::Merge(json!({ "data": { "a": "b" } }));
        maps.patch("f", &PatchParams::default(), &patch).await.unwrap();
        maps.delete("f", &DeleteParams::default()).await.unwrap();
        assert_eq!(told(&mut watch, 3).await, ["Apply(f)", "Apply(f)", "Delete(f)"]);
    }
}

pub(crate) async fn a_selected_watch_tells_when_something_leaves(world: &World) {
    let maps = world.api::<ConfigMap>();
    world.create_map("in", json!({ "app": "web" })).await;
    world.create_map("out", json!({ "app": "other" })).await;
    for config in [Config::default(), Config::default().streaming_lists()] {
        let mut watch = pin!(watcher(maps.clone(), config.labels("app in (web, shop)")));
        assert_eq!(told(&mut watch, 3).await, list_of(&["in"]));
        for (name, value, expected) in [
            ("out", json!("shop"), "Apply(out)"),
            ("in", json!("shop"), "Apply(in)"),
            ("out", json!("other"), "Delete(out)"),
            ("in", Value::Null, "Delete(in)"),
            ("in", json!("web"), "Apply(in)"),
        ] {
            let patch = Patch::Merge(json!({ "metadata": { "labels": { "app": value } } }));
            maps.patch(name, &PatchParams::default(), &patch).await.unwrap();
            assert_eq!(told(&mut watch, 1).await, [expected]);
        }
    }
    let mut watch = pin!(watcher(maps.clone(), Config::default().fields("metadata.name=out")));
    assert_eq!(told(&mut watch, 3).await, list_of(&["out"]));
}

pub(crate) async fn metadata_is_watched_alone(world: &World) {
    let maps = world.api::<ConfigMap>();
    world.create_map("a", json!({})).await;
    for config in [Config::default(), Config::default().streaming_lists()] {
        let config = config.labels("!none").fields("metadata.name=a");
        let mut watch = pin!(watcher(world.api::<PartialObjectMeta<ConfigMap>>(), config));
        assert_eq!(told(&mut watch, 3).await, list_of(&["a"]));
        let patch =
            Patch::Merge(json!({ "metadata": { "annotations": { "a": "b" } }, "data": { "a": "b" } }));
        maps.patch("a", &PatchParams::default(), &patch).await.unwrap();
        let Some(Event::Apply(seen)) = watch.try_next().await.unwrap() else { panic!("no change") };
        assert_eq!(seen.annotations()["a"], "b");
        let types = seen.types.unwrap();
        assert_eq!((&*types.api_version, &*types.kind), ("meta.k8s.io/v1", "PartialObjectMetadata"));
        let patch = Patch::Merge(json!({ "metadata": { "annotations": null }, "data": null }));
        maps.patch("a", &PatchParams::default(), &patch).await.unwrap();
    }
}

pub(crate) async fn a_store_follows_what_is_stored(world: &World) {
    let maps = world.api::<ConfigMap>();
    world.create_map("a", json!({ "app": "web" })).await;
    let (store, writer) = reflector::store::<ConfigMap>();
    let config = Config::default().labels("app");
    let mut follow = pin!(watcher(maps.clone(), config).default_backoff().reflect(writer).touched_objects());
    let names = || store.state().iter().map(|map| map.name_any()).collect::<BTreeSet<_>>();
    follow.try_next().await.unwrap();
    // the list is whole with the event after its last object
    let mut more = pin!(async {
        store.wait_until_ready().await.unwrap();
        assert_eq!(names(), BTreeSet::from(["a".to_owned()]));
        world.create_map("b", json!({ "app": "web" })).await;
    });
    futures::future::select(&mut more, Box::pin(follow.next())).await;
    while names().len() < 2 {
        follow.try_next().await.unwrap();
    }
    maps.delete("a", &DeleteParams::default()).await.unwrap();
    while names().len() > 1 {
        follow.try_next().await.unwrap();
    }
    assert_eq!(names(), BTreeSet::from(["b".to_owned()]));
}
