//! Watches that go wrong: what they missed is found again

use std::collections::BTreeMap;
use std::pin::pin;

use futures::{Stream, StreamExt};
use healing_sandbox::{Verb, Verdict};
use k8s_openapi::api::core::v1::ConfigMap;
use kube::ResourceExt;
use kube::api::DeleteParams;
use kube::runtime::watcher::{Config, Error, Event};
use kube::runtime::{WatchStreamExt, reflector, watcher};
use serde_json::json;

use crate::world::World;

/// What a reader of a watch knows
#[derive(Debug, Default)]
struct Known {
    maps: BTreeMap<String, String>,
    coming: BTreeMap<String, String>,
    lists: usize,
    errors: Vec<String>,
}

// === impl Known ===

impl Known {
    /// Takes what a watch tells until `done`
    async fn until(
        &mut self,
        watch: &mut (impl Stream<Item = watcher::Result<Event<ConfigMap>>> + Unpin),
        done: impl Fn(&Self) -> bool,
    ) {
        while !done(self) {
            match watch.next().await.expect("a watcher does not end") {
                Ok(Event::Init) => self.coming.clear(),
                Ok(Event::InitApply(map)) => _ = self.coming.insert(map.name_any(), version(&map)),
                Ok(Event::InitDone) => {
                    self.maps = std::mem::take(&mut self.coming);
                    self.lists += 1;
                }
                Ok(Event::Apply(map)) => _ = self.maps.insert(map.name_any(), version(&map)),
                Ok(Event::Delete(map)) => _ = self.maps.remove(&map.name_any()),
                Err(Error::WatchError(status)) => self.errors.push(status.code.to_string()),
                Err(Error::WatchFailed(_)) => self.errors.push("failed".to_owned()),
                Err(Error::InitialListFailed(kube::Error::Api(status))) => {
                    self.errors.push(format!("list {}", status.code));
                }
                Err(error) => self.errors.push(error.to_string()),
            }
        }
    }

    fn names(&self) -> Vec<&str> {
        self.maps.keys().map(String::as_str).collect()
    }
}

fn version(map: &ConfigMap) -> String {
    map.resource_version().unwrap_or_default()
}

fn configs() -> [Config; 2] {
    [Config::default(), Config::default().streaming_lists()].map(|config| config.labels("app"))
}

pub(crate) async fn a_watch_that_expires_is_begun_anew(world: &World) {
    world.create_map("a", json!({ "app": "a" })).await;
    for config in configs() {
        let mut known = Known::default();
        let mut watch = pin!(watcher(world.api(), config));
        known.until(&mut watch, |known| known.lists == 1).await;
        world.create_map("b", json!({ "app": "b" })).await;
        known.until(&mut watch, |known| known.maps.len() == 2).await;
        let expire = world.fault(|call| match call.verb {
            Verb::Watch if call.resource == "configmaps" => Verdict::Expire,
            _ => Verdict::Pass,
        });
        known.until(&mut watch, |known| !known.errors.is_empty()).await;
        drop(expire);
        known.until(&mut watch, |known| known.lists == 2).await;
        assert_eq!(known.errors[0], "410");
        assert_eq!(known.names(), ["a", "b"]);
        world.api::<ConfigMap>().delete("b", &DeleteParams::default()).await.unwrap();
        known.until(&mut watch, |known| known.maps.len() == 1).await;
    }
}

pub(crate) async fn a_lost_history_is_listed_anew(world: &World) {
    for config in configs() {
        let kept = world.create_map("kept", json!({ "app": "a" })).await;
        world.create_map("gone", json!({ "app": "a" })).await;
        let mut known = Known::default();
        let mut watch = pin!(watcher(world.api(), config).default_backoff());
        known.until(&mut watch, |known| known.lists == 1).await;
        assert_eq!(known.names(), ["gone", "kept"]);
        // nobody tells the watch of these two
        let cut = world.fault(|call| if call.verb == Verb::Watch { Verdict::Hang } else { Verdict::Pass });
        world.api::<ConfigMap>().delete("gone", &DeleteParams::default()).await.unwrap();
        world.create_map("new", json!({ "app": "a" })).await;
        world.forget_history();
        drop(cut);
        known.until(&mut watch, |known| known.lists == 2).await;
        assert!(known.errors.contains(&"410".to_owned()), "{:?}", known.errors);
        assert_eq!(known.names(), ["kept", "new"]);
        assert_eq!(known.maps["kept"], version(&kept));
        for name in ["kept", "new"] {
            world.api::<ConfigMap>().delete(name, &DeleteParams::default()).await.unwrap();
        }
    }
}

pub(crate) async fn a_list_that_is_refused_is_asked_for_again(world: &World) {
    let refuse = world.fault(|call| match call.verb {
        Verb::List if call.resource == "configmaps" => Verdict::Refuse { code: 503, retry_after: None },
        _ => Verdict::Pass,
    });
    let mut known = Known::default();
    let mut watch = pin!(watcher(world.api(), Config::default().labels("app")).default_backoff());
    known.until(&mut watch, |known| known.errors.len() == 2).await;
    assert_eq!(known.errors, ["list 503", "list 503"]);
    drop(refuse);
    known.until(&mut watch, |known| known.lists == 1).await;
}

pub(crate) async fn a_client_that_was_cut_off_catches_up(world: &World) {
    world.create_map("a", json!({ "app": "a" })).await;
    let (store, writer) = reflector::store::<ConfigMap>();
    let watch = watcher(world.api::<ConfigMap>(), Config::default().labels("app")).default_backoff();
    let mut watch = pin!(watch.reflect(writer));
    while store.state().is_empty() {
        watch.next().await;
    }
    let cut = world.fault(|call| match call.verb {
        Verb::Watch if call.has_begun => Verdict::Cut,
        Verb::Watch => Verdict::DropBefore,
        _ => Verdict::Pass,
    });
    world.create_map("b", json!({ "app": "a" })).await;
    for _ in 0..3 {
        assert!(watch.next().await.unwrap().is_err());
    }
    assert_eq!(store.len(), 1);
    drop(cut);
    while store.len() < 2 {
        watch.next().await.unwrap().unwrap();
    }
}
