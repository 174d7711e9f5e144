//! What a server has, asked for in both forms

use kube::api::{DynamicObject, ListParams, PostParams};
use kube::core::{GroupVersion, GroupVersionKind};
use kube::discovery::{self, Discovery, Scope, verbs};
use kube::{Api, ResourceExt};
use serde_json::json;

use crate::world::World;

fn listed(found: &Discovery) -> Vec<String> {
    let mut all = Vec::new();
    for group in found.groups_alphabetical() {
        for version in group.versions() {
            for (resource, can) in group.versioned_resources(version) {
                let subresources: Vec<_> =
                    can.subresources.iter().map(|(sub, _)| sub.plural.clone()).collect();
                all.push(format!(
                    "{}/{version} {} {:?} {:?} {subresources:?}",
                    group.name(),
                    resource.plural,
                    can.scope,
                    can.operations
                ));
            }
        }
    }
    all.sort();
    all
}

pub(crate) async fn both_ways_to_discover_find_the_same(world: &World) {
    world.shelves().await;
    let legacy = Discovery::new(world.client.clone()).run().await.unwrap();
    let aggregated = Discovery::new(world.client.clone()).run_aggregated().await.unwrap();
    let (legacy, aggregated) = (listed(&legacy), listed(&aggregated));
    assert!(
        legacy.iter().any(|line| line.starts_with("tests.example.com/v1 shelves Namespaced")),
        "{legacy:?}"
    );
    assert_eq!(legacy.len(), aggregated.len());
    for (legacy, aggregated) in legacy.iter().zip(&aggregated) {
        assert_eq!(legacy, aggregated);
    }
    let some = Discovery::new(world.client.clone()).filter(&["tests.example.com"]).run().await.unwrap();
    assert_eq!(some.groups().map(discovery::ApiGroup::name).collect::<Vec<_>>(), ["tests.example.com"]);
    let version = world.client.apiserver_version().await.unwrap();
    assert_eq!((&*version.major, version.git_version.starts_with("v1.")), ("1", true));
}

pub(crate) async fn a_kind_is_found_by_its_name(world: &World) {
    world.shelves().await;
    let group = discovery::group(&world.client, "tests.example.com").await.unwrap();
    let (found, can) = group.recommended_kind("Shelf").unwrap();
    assert_eq!((&*found.plural, can.scope.clone()), ("shelves", Scope::Namespaced));
    assert!(can.supports_operation(verbs::WATCH) && can.supports_operation(verbs::DELETE_COLLECTION));
    let gvk = GroupVersionKind::gvk("", "v1", "Pod");
    let (found, can) = discovery::pinned_kind(&world.client, &gvk).await.unwrap();
    assert_eq!(found.plural, "pods");
    let mut subresources: Vec<_> = can.subresources.iter().map(|(sub, _)| &*sub.plural).collect();
    subresources.sort_unstable();
    assert!(subresources.contains(&"pods/log") || subresources.contains(&"log"), "{subresources:?}");
    let version = GroupVersion::gv("apps", "v1");
    let pinned = discovery::pinned_group(&world.client, &version).await.unwrap();
    assert!(pinned.recommended_kind("Deployment").is_some());
    let none = GroupVersionKind::gvk("tests.example.com", "v1", "None");
    assert!(discovery::pinned_kind(&world.client, &none).await.is_err());

    let gvk = GroupVersionKind::gvk("tests.example.com", "v1", "Shelf");
    let (found, _) = discovery::oneshot::pinned_kind(&world.client, &gvk).await.unwrap();
    let all: Api<DynamicObject> = Api::all_with(world.client.clone(), &found);
    let some: Api<DynamicObject> = Api::default_namespaced_with(world.client.clone(), &found);
    let made = DynamicObject::new("a", &found).data(json!({ "spec": { "books": 3 } }));
    some.create(&PostParams::default(), &made).await.unwrap();
    let list = all.list(&ListParams::default()).await.unwrap();
    assert_eq!(list.items.iter().map(ResourceExt::name_any).collect::<Vec<_>>(), ["a"]);
    assert_eq!(list.items[0].data["spec"]["books"], 3);
}
