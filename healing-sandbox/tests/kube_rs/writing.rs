//! Entries, patches and what is refused

use k8s_openapi::api::core::v1::{ConfigMap, Pod};
use kube::ResourceExt;
use kube::api::entry::{CommitError, Entry};
use kube::api::{
    DeleteParams, ListParams, Patch, PatchParams, PostParams, Preconditions, ValidationDirective,
};
use serde_json::json;

use crate::waiting::pod;
use crate::world::{Shelf, ShelfSpec, ShelfStatus, World, code, from, shelf};

fn insert(map: &mut ConfigMap, key: &str, value: &str) {
    map.data.get_or_insert_default().insert(key.into(), value.into());
}

pub(crate) async fn an_entry_is_made_changed_and_found_stale(world: &World) {
    let maps = world.api::<ConfigMap>();
    let entry = maps.entry("a").await.unwrap().and_modify(|_| panic!("it is not there"));
    let mut made = entry.or_insert(ConfigMap::default);
    insert(made.get_mut(), "a", "1");
    made.commit(&PostParams { dry_run: true, ..PostParams::default() }).await.unwrap();
    assert!(maps.get_opt("a").await.unwrap().is_none());
    made.commit(&PostParams::default()).await.unwrap();
    let Entry::Occupied(mut stale) = maps.entry("a").await.unwrap() else { panic!("it is there") };
    insert(made.get_mut(), "a", "2");
    made.commit(&PostParams::default()).await.unwrap();
    insert(stale.get_mut(), "a", "3");
    match stale.commit(&PostParams::default()).await {
        Err(CommitError::Save(error)) => assert_eq!(code::<()>(Err(error)), 409),
        other => panic!("{other:?}"),
    }
    assert_eq!(maps.get("a").await.unwrap().data.unwrap()["a"], "2");
}

pub(crate) async fn fields_have_owners(world: &World) {
    let maps = world.api::<ConfigMap>();
    let map = |data| {
        Patch::Apply(
            json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": "a" }, "data": data }),
        )
    };
    let (one, two) = (PatchParams::apply("one"), PatchParams::apply("two"));
    maps.patch("a", &one, &map(json!({ "a": "1", "b": "1" }))).await.unwrap();
    let kube::Error::Api(status) = maps.patch("a", &two, &map(json!({ "a": "2" }))).await.unwrap_err() else {
        panic!("no Status")
    };
    assert_eq!(
        (status.code, &*status.message),
        (409, "Apply failed with 1 conflict: conflict with \"one\": .data.a")
    );
    let cause = &status.details.as_ref().unwrap().causes[0];
    assert_eq!((&*cause.reason, &*cause.field), ("FieldManagerConflict", ".data.a"));
    let forced = maps.patch("a", &two.force(), &map(json!({ "a": "2" }))).await.unwrap();
    assert_eq!(json!(forced.data), json!({ "a": "2", "b": "1" }));
    let managers: Vec<_> =
        forced.managed_fields().iter().map(|entry| entry.manager.clone().unwrap()).collect();
    assert_eq!(managers, ["one", "two"]);
    let left = maps.patch("a", &one, &map(json!({}))).await.unwrap();
    assert_eq!(json!(left.data), json!({ "a": "2" }), "what nobody applies any more is gone");
}

pub(crate) async fn patches_of_three_kinds_are_taken(world: &World) {
    let pods = world.api::<Pod>();
    pods.create(&PostParams::default(), &pod("web")).await.unwrap();
    let params = PatchParams::default();
    let strategic = json!({ "spec": { "containers": [{ "name": "app", "image": "nginx:2" }] } });
    let patched = pods.patch("web", &params, &Patch::Strategic(strategic)).await.unwrap();
    let containers = patched.spec.unwrap().containers;
    assert_eq!((containers.len(), containers[0].image.as_deref()), (1, Some("nginx:2")));
    let merge = json!({ "metadata": { "labels": { "app": null, "new": "yes" } } });
    let patched = pods.patch_metadata("web", &params, &Patch::Merge(merge)).await.unwrap();
    assert_eq!(json!(patched.labels()), json!({ "new": "yes" }));
    let steps = json!([
        { "op": "test", "path": "/metadata/labels/new", "value": "yes" },
        { "op": "replace", "path": "/metadata/labels/new", "value": "no" },
    ]);
    let steps = || Patch::Json::<()>(from(steps.clone()));
    let patched = pods.patch("web", &params, &steps()).await.unwrap();
    assert_eq!(patched.labels()["new"], "no");
    assert_eq!(code(pods.patch("web", &params, &steps()).await), 422, "the test no longer holds");
}

pub(crate) async fn a_status_is_written_past_the_spec(world: &World) {
    let shelves = world.shelves().await;
    let mut made = Shelf::new("a", &shelf(), ShelfSpec { books: 1 });
    made.status = Some(ShelfStatus { books: 7, ..ShelfStatus::default() });
    let mut made = shelves.create(&PostParams::default(), &made).await.unwrap();
    assert!(made.status.is_none());
    made.spec.books = 9;
    made.status = Some(ShelfStatus { books: 1, note: "full".into() });
    let replaced = shelves.replace_status("a", &PostParams::default(), &made).await.unwrap();
    assert_eq!((replaced.spec.books, replaced.metadata.generation), (1, Some(1)));
    let patch = Patch::Merge(json!({ "status": { "note": "half full" } }));
    let patched = shelves.patch_status("a", &PatchParams::default(), &patch).await.unwrap();
    assert_eq!(patched.status.unwrap(), ShelfStatus { books: 1, note: "half full".into() });
    let seen = shelves.get_status("a").await.unwrap();
    assert_eq!(seen.resource_version(), patched.metadata.resource_version);
    let patch = Patch::Merge(json!({ "spec": { "books": 2 } }));
    let patched = shelves.patch("a", &PatchParams::default(), &patch).await.unwrap();
    assert_eq!((patched.status.unwrap().books, patched.metadata.generation), (1, Some(2)));
}

pub(crate) async fn what_is_not_known_is_warned_of_or_refused(world: &World) {
    let shelves = world.shelves().await;
    let made = Shelf::new("a", &shelf(), ShelfSpec { books: 1 });
    shelves.create(&PostParams::default(), &made).await.unwrap();
    let unknown = json!({
        "apiVersion": "tests.example.com/v1", "kind": "Shelf", "metadata": { "name": "a" },
        "spec": { "books": 1, "none": 1 },
    });
    let params = PatchParams::apply("one").force();
    assert_eq!(code(shelves.patch("a", &params, &Patch::Apply(&unknown)).await), 500, "as the real one");
    let field_validation = Some(ValidationDirective::Strict);
    let strict = PatchParams { field_validation, ..PatchParams::default() };
    assert_eq!(code(shelves.patch("a", &strict, &Patch::Merge(&unknown)).await), 422);
    let pruned = shelves.patch("a", &PatchParams::default(), &Patch::Merge(&unknown)).await.unwrap();
    assert_eq!(pruned.metadata.resource_version, shelves.get("a").await.unwrap().resource_version());
    let known = json!({
        "apiVersion": "tests.example.com/v1", "kind": "Shelf", "metadata": { "name": "a" }, "spec": { "books": -1 },
    });
    let kube::Error::Api(status) = shelves.patch("a", &params, &Patch::Apply(known)).await.unwrap_err()
    else {
        panic!("no Status")
    };
    assert_eq!((status.code, &*status.reason), (422, "Invalid"));
    let cause = &status.details.as_ref().unwrap().causes[0];
    assert_eq!((&*cause.field, &*cause.reason), ("spec.books", "FieldValueInvalid"));
}

pub(crate) async fn collections_and_preconditions(world: &World) {
    let maps = world.api::<ConfigMap>();
    let first = world.create_map("a", json!({ "app": "web" })).await;
    world.create_map("b", json!({ "app": "web" })).await;
    world.create_map("c", json!({ "app": "other" })).await;
    let wrong = Preconditions { uid: Some("other".into()), ..Preconditions::default() };
    assert_eq!(code(maps.delete("a", &DeleteParams::default().preconditions(wrong)).await), 409);
    let right = Preconditions { uid: first.uid(), resource_version: first.resource_version() };
    let deleted = maps.delete("a", &DeleteParams::default().preconditions(right)).await.unwrap();
    let status = deleted.right().expect("a Status");
    assert_eq!(status.details.unwrap().uid, first.uid().unwrap());
    let web = ListParams::default().labels("app");
    let deleted =
        maps.delete_collection(&DeleteParams::default().dry_run(), &web.clone().labels("app=web")).await;
    assert_eq!(deleted.unwrap().left().unwrap().items.len(), 1);
    maps.delete_collection(&DeleteParams::default(), &web.clone().labels("app=web")).await.unwrap();
    let left = maps.list(&web).await.unwrap();
    assert_eq!(left.items.iter().map(ResourceExt::name_any).collect::<Vec<_>>(), ["c"]);
    let made = from::<ConfigMap>(json!({ "metadata": { "generateName": "new-" } }));
    let made = maps.create(&PostParams::default(), &made).await.unwrap();
    assert_eq!(made.name_any().len(), "new-".len() + 5);
}
