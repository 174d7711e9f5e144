//! When a snapshot may be acted on, and who is woken by what

use std::time::Duration;

use serde_json::{Value, json};

use super::*;
use crate::change::Reason;

fn scope() -> Scope {
    Scope::Namespace("ns".into())
}

fn pod(name: &str, version: u64) -> Value {
    json!({
        "metadata": {
            "name": name, "namespace": "ns", "uid": format!("uid-{name}"), "resourceVersion": version.to_string(),
            "creationTimestamp": "2026-01-01T00:00:00Z",
            "labels": { "healing.dev/slot": "4", "healing.dev/revision": "abc", "healing.dev/owner-uid": "owner" },
            "annotations": { "healing.dev/attempt": "2", "controller.kubernetes.io/pod-deletion-cost": "-7" },
            "managedFields": [{ "manager": "kubelet" }],
            "ownerReferences": [
                { "apiVersion": "v1", "kind": "Other", "name": "not-it", "uid": "other" },
                { "apiVersion": "x.io/v1", "kind": "Web", "name": "web", "uid": "owner", "controller": true },
            ],
        },
        "spec": { "nodeName": "n1", "containers": [{ "name": "app" }] },
        "status": { "phase": "Running", "podIP": "10.0.0.1" },
    })
}

fn seen(value: Value) -> Watched<PodDocument> {
    Watched::decode(value)
}

fn cache() -> (PodCache, Clock) {
    let clock = Clock::tokio("2026-01-01T00:00:00Z".parse().unwrap());
    let cache = PodCache::new(clock.clone(), [scope()]);
    (cache, clock)
}

fn listed(cache: &PodCache, pods: impl IntoIterator<Item = Value>, version: u64) -> Vec<OwnedChange> {
    let pods: Vec<_> = pods.into_iter().map(seen).collect();
    let keys = pods.iter().map(Watched::key).collect();
    for pod in pods {
        cache.apply_listed(pod);
    }
    cache.listed(&scope(), &keys, Some(version))
}

fn version(name: &str, version: u64) -> Written {
    Written::Version { object: Key::new("ns", name), version: version.to_string() }
}

fn is_behind(cache: &PodCache) -> bool {
    matches!(cache.owned_by("owner").freshness, Freshness::Behind { .. })
}

fn is_fresh(cache: &PodCache) -> bool {
    cache.owned_by("owner").freshness == Freshness::Fresh
}

#[tokio::test(start_paused = true)]
async fn a_pod_is_projected_and_found_by_its_controller() {
    let (cache, _) = cache();
    listed(&cache, [pod("b", 5), pod("a", 6)], 9);
    let snapshot = cache.owned_by("owner");
    let names: Vec<_> = snapshot.pods.iter().map(|pod| pod.name.as_str()).collect();
    assert_eq!(names, ["a", "b"]);
    let pod = &snapshot.pods[0];
    assert_eq!((pod.slot, pod.attempt, pod.deletion_cost), (Some(4), 2, -7));
    assert_eq!(pod.controller_uid.as_deref(), Some("owner"));
    assert_eq!(pod.spec.node_name.as_deref(), Some("n1"));
    assert_eq!(pod.revision.as_deref(), Some("abc"));
    assert!(cache.owned_by("other").pods.is_empty(), "an owner that is not the controller");
}

#[tokio::test(start_paused = true)]
async fn nothing_is_fresh_before_the_first_list() {
    let (cache, _) = cache();
    assert!(is_behind(&cache));
    listed(&cache, [], 3);
    assert!(is_fresh(&cache));
}

#[tokio::test(start_paused = true)]
async fn after_a_write_the_cache_is_behind_until_the_watch_shows_it() {
    let (cache, _) = cache();
    listed(&cache, [pod("a", 5)], 9);
    cache.wrote("owner", version("a", 12));
    cache.wrote("another owner", version("z", 11));
    assert!(is_behind(&cache));
    cache.apply(&scope(), seen(pod("a", 11)));
    assert!(is_behind(&cache), "an older version is not ours");
    cache.apply(&scope(), seen(pod("a", 12)));
    assert!(is_fresh(&cache));
    // resourceVersions are one counter per kind: a bookmark beyond ours says that ours was shown.
    cache.wrote("owner", version("a", 20));
    assert!(is_behind(&cache));
    cache.seen(&scope(), Some(20));
    assert!(is_fresh(&cache));
}

#[tokio::test(start_paused = true)]
async fn half_a_list_says_nothing_of_what_it_has_not_shown_yet() {
    let (cache, _) = cache();
    listed(&cache, [pod("a", 5), pod("z", 6)], 9);
    cache.wrote("owner", version("a", 12));
    cache.apply_listed(seen(pod("z", 20)));
    assert!(is_behind(&cache), "a list is not in the order of versions: `a` is still the one of before");
    cache.apply_listed(seen(pod("a", 12)));
    assert!(is_fresh(&cache));
}

#[tokio::test(start_paused = true)]
async fn versions_compare_as_numbers() {
    let (cache, _) = cache();
    listed(&cache, [pod("a", 9)], 9);
    cache.wrote("owner", version("a", 10));
    assert!(is_behind(&cache), "\"9\" > \"10\" as text");
    cache.wrote("owner", Written::Version { object: Key::new("ns", "a"), version: "opaque".into() });
    assert_eq!(cache.owned_by("owner").freshness, Freshness::NeedsLiveRead);
}

#[tokio::test(start_paused = true)]
async fn after_a_delete_the_cache_is_behind_until_the_uid_is_absent() {
    let (cache, _) = cache();
    listed(&cache, [pod("a", 5)], 9);
    cache.wrote("owner", Written::Gone { uid: "uid-a".into() });
    cache.seen(&scope(), Some(100));
    assert!(is_behind(&cache));
    assert_eq!(cache.remove(&scope(), &seen(pod("a", 101))).len(), 1);
    assert!(is_fresh(&cache));
}

#[tokio::test(start_paused = true)]
async fn an_unanswered_write_ends_with_a_live_list_that_agrees() {
    let (cache, _) = cache();
    listed(&cache, [pod("a", 5)], 9);
    cache.wrote("owner", Written::Unanswered);
    cache.seen(&scope(), Some(100));
    assert_eq!(cache.owned_by("owner").freshness, Freshness::NeedsLiveRead);
    assert!(
        !cache.confirm("owner", &[("uid-a", "5"), ("uid-b", "10")]),
        "the pod was created, the watch is behind"
    );
    assert_eq!(cache.owned_by("owner").freshness, Freshness::NeedsLiveRead);
    assert!(!cache.confirm("owner", &[]));
    assert!(cache.confirm("owner", &[("uid-a", "5")]));
    assert!(is_fresh(&cache));
}

#[tokio::test(start_paused = true)]
async fn no_expectation_blocks_for_ever() {
    let (cache, clock) = cache();
    listed(&cache, [pod("a", 5)], 9);
    let start = clock.now();
    cache.wrote("owner", version("a", 12));
    let Freshness::Behind { until } = cache.owned_by("owner").freshness else { panic!("not behind") };
    clock.sleep(Duration::from_secs(59)).await;
    assert!(is_behind(&cache));
    clock.sleep_until(until).await;
    assert_eq!(crate::clock::since(start, until), Duration::from_mins(1));
    assert_eq!(cache.owned_by("owner").freshness, Freshness::NeedsLiveRead);
}

#[tokio::test(start_paused = true)]
async fn what_a_list_does_not_show_is_gone_and_its_owner_is_woken() {
    let (cache, _) = cache();
    listed(&cache, [pod("a", 5), pod("b", 6)], 9);
    let woken = listed(&cache, [pod("b", 6)], 20);
    assert_eq!(woken.len(), 1);
    assert_eq!(woken[0].owner.uid, "owner");
    assert_eq!(cache.owned_by("owner").pods.len(), 1);
    assert_eq!(cache.len(), 1);
    // Another scope's list says nothing about this one.
    cache.listed(&Scope::Namespace("elsewhere".into()), &BTreeSet::new(), Some(30));
    assert_eq!(cache.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_new_version_alone_wakes_nobody_unless_somebody_waits() {
    let (cache, _) = cache();
    listed(&cache, [pod("a", 5)], 9);
    assert!(cache.apply(&scope(), seen(pod("a", 10))).is_empty());
    assert_eq!(cache.owned_by("owner").pods[0].resource_version, "10", "but it is taken over");
    cache.wrote("owner", version("a", 12));
    assert!(is_behind(&cache));
    assert_eq!(cache.apply(&scope(), seen(pod("a", 12))).len(), 1, "somebody was told to wait");
    let mut failed = pod("a", 13);
    failed["status"]["phase"] = "Failed".into();
    assert_eq!(cache.apply(&scope(), seen(failed)).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_pod_that_does_not_decode_blocks_its_owner_and_nobody_else() {
    let (cache, _) = cache();
    let mut bad = pod("bad", 6);
    bad["status"]["containerStatuses"] = json!([{ "name": "app", "restartCount": "many" }]);
    listed(&cache, [pod("a", 5), bad], 9);
    let Freshness::Undecodable { pod: key, message } = cache.owned_by("owner").freshness else {
        panic!("acted on")
    };
    assert_eq!(key.to_string(), "ns/bad");
    assert!(message.starts_with("status.containerStatuses[0].restartCount: invalid type"), "{message}");
    assert_eq!(cache.undecodable(), 1);
    assert_eq!(cache.owned_by("somebody else").freshness, Freshness::Fresh);
    cache.apply(&scope(), seen(pod("bad", 12)));
    assert!(is_fresh(&cache));
}

#[derive(Clone, Debug, PartialEq, serde::Deserialize)]
struct Web {
    spec: WebSpec,
}

#[derive(Clone, Debug, PartialEq, serde::Deserialize)]
struct WebSpec {
    replicas: i32,
}

fn web(version: u64, generation: i64) -> Value {
    json!({
        "metadata": { "name": "web", "namespace": "ns", "uid": "w", "resourceVersion": version.to_string(),
                      "generation": generation },
        "spec": { "replicas": 3 },
    })
}

#[tokio::test(start_paused = true)]
async fn a_resource_is_looked_at_for_what_others_did_and_not_for_our_own_status() {
    let clock = Clock::tokio("2026-01-01T00:00:00Z".parse().unwrap());
    let cache: ResourceCache<Web> = ResourceCache::new(clock);
    let key = Key::new("ns", "web");
    let apply = |value: Value| cache.apply(Watched::decode(value));
    let ours = |version: u64| {
        cache.wrote("w", Written::Version { object: key.clone(), version: version.to_string() });
    };
    assert_eq!(apply(web(5, 1)), Some(Reason::Initial));
    assert_eq!(apply(web(5, 1)), None, "shown again by a list");
    ours(6);
    assert_eq!(apply(web(6, 1)), None, "our own status write");
    assert_eq!(apply(web(7, 1)), Some(Reason::Resource), "somebody else's");
    assert_eq!(apply(web(8, 2)), Some(Reason::Spec));
    ours(9);
    assert!(matches!(cache.get(&key).unwrap().freshness, Freshness::Behind { .. }));
    assert_eq!(apply(web(9, 2)), Some(Reason::Resource), "somebody was told to wait");
    assert_eq!(cache.get(&key).unwrap().freshness, Freshness::Fresh);
    let mut deleting = web(10, 2);
    deleting["metadata"]["finalizers"] = json!(["a/b"]);
    ours(10);
    assert_eq!(apply(deleting), Some(Reason::Resource), "metadata changed");
    cache.wrote("w", Written::Unanswered);
    assert_eq!(cache.get(&key).unwrap().freshness, Freshness::NeedsLiveRead);
    assert!(!cache.confirm(&key, "w", "11"));
    assert!(cache.confirm(&key, "w", "10"));
    assert_eq!(cache.get(&key).unwrap().freshness, Freshness::Fresh);
    assert_eq!(cache.listed(&scope(), &BTreeSet::new()), std::slice::from_ref(&key));
    assert!(cache.get(&key).is_none());
}

#[tokio::test(start_paused = true)]
async fn a_resource_that_does_not_decode_says_where() {
    let clock = Clock::tokio("2026-01-01T00:00:00Z".parse().unwrap());
    let cache: ResourceCache<Web> = ResourceCache::new(clock);
    let mut bad = web(5, 1);
    bad["spec"]["replicas"] = "three".into();
    assert_eq!(cache.apply(Watched::decode(bad)), Some(Reason::Initial));
    let lookup = cache.get(&Key::new("ns", "web")).unwrap();
    let Cached::Undecodable { uid, message, .. } = lookup.cached else { panic!("decoded") };
    assert_eq!(uid, "w");
    assert!(message.starts_with("spec.replicas: invalid type: string \"three\""), "{message}");
    assert_eq!(cache.undecodable(), 1);
    // So does one whose metadata is broken.
    let mut worse = web(6, 1);
    worse["metadata"]["creationTimestamp"] = "yesterday".into();
    let worse = Watched::<Web>::decode(worse);
    assert_eq!(worse.metadata.uid.as_deref(), Some("w"));
    assert!(worse.content.unwrap_err().starts_with("metadata: "));
}
