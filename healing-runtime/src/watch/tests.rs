//! The guards of a watch, each against a scripted API server on paused time

use std::sync::{Arc, Mutex};

use jiff::Timestamp;
use k8s_openapi::api::core::v1::Pod;
use serde_json::{Value, json};

use super::*;
use crate::{
    cache::{Freshness, PodCache, PodDocument, ResourceCache},
    change::{Reason, Router},
    client::script::{Answer, Asked, Record, failure, failure_body, scripted},
    queue::{Limit, Queue},
};

/// What a sink was told, as lines
#[derive(Clone, Default)]
struct Told(Arc<Mutex<Vec<String>>>);

impl Told {
    fn say(&self, line: String) {
        self.0.lock().unwrap().push(line);
    }

    fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

impl Sink for Told {
    type Object = PodDocument;

    fn applied(&self, object: Watched<PodDocument>, listed: bool) {
        let verdict = object.content.as_ref().map_or("bad", |_| "good");
        self.say(format!("{} {verdict}{}", object.key(), if listed { " listed" } else { "" }));
    }

    fn deleted(&self, object: Watched<PodDocument>) {
        self.say(format!("{} gone", object.key()));
    }

    fn listed(&self, keys: &BTreeSet<Key>, version: Option<u64>) {
        self.say(format!("listed {} at {}", keys.len(), version.unwrap_or(0)));
    }

    fn seen(&self, version: Option<u64>) {
        self.say(format!("seen {}", version.unwrap_or(0)));
    }
}

fn pod(name: &str, version: u64) -> Value {
    json!({ "metadata": { "name": name, "namespace": "ns", "uid": name, "resourceVersion": version.to_string() } })
}

fn bad_pod(name: &str, version: u64) -> Value {
    let mut pod = pod(name, version);
    pod["spec"] = json!({ "nodeName": 7 });
    pod
}

fn list(version: u64, items: &[Value]) -> Answer {
    let metadata = json!({ "resourceVersion": version.to_string() });
    Answer::Json(200, json!({ "kind": "PodList", "apiVersion": "v1", "metadata": metadata, "items": items }))
}

#[expect(clippy::needless_pass_by_value, reason = "scripts read better without borrows")]
fn event(kind: &str, object: Value) -> Value {
    json!({ "type": kind, "object": object })
}

struct Running {
    told: Told,
    record: Record,
    status: WatchStatus,
    clock: Clock,
}

/// Runs a watch against a script for some (virtual) time
async fn run_for(secs: u64, script: impl Fn(&Asked, usize) -> Answer + Send + Sync + 'static) -> Running {
    let (client, record) = scripted(script);
    let clock = Clock::tokio(start());
    let told = Told::default();
    let target = Target {
        resource: ApiResource::erase::<Pod>(&()),
        scope: Scope::Namespace("ns".into()),
        selector: Some("app.kubernetes.io/managed-by=op".into()),
    };
    let watch = Watch::new(client, clock.clone(), target, told.clone(), 3);
    let status = watch.status();
    let shutdown = Shutdown::default();
    shutdown.spawn("watch", watch.run(shutdown.clone()));
    clock.sleep(Duration::from_secs(secs)).await;
    assert_eq!(shutdown.drain(Duration::from_secs(1)).await, crate::shutdown::Drain::Drained);
    assert_eq!(shutdown.panics(), []);
    Running { told, record, status, clock }
}

/// The next key; a watch never ends, so waiting for one that does not come has to
async fn take(queue: &Queue) -> crate::queue::Taken {
    tokio::time::timeout(Duration::from_mins(10), queue.take()).await.expect("a key was queued").unwrap()
}

fn start() -> Timestamp {
    "2026-01-01T00:00:00Z".parse().unwrap()
}

#[tokio::test(start_paused = true)]
async fn lists_once_and_follows_from_there() {
    let run = run_for(200, |asked, count| match count {
        0 => list(10, &[pod("a", 5)]),
        1 => Answer::Open(vec![
            event("ADDED", pod("b", 11)),
            event("MODIFIED", pod("b", 12)),
            event("DELETED", pod("a", 13)),
            event(
                "BOOKMARK",
                json!({ "kind": "Pod", "apiVersion": "v1", "metadata": { "resourceVersion": "20" } }),
            ),
        ]),
        _ => panic!("unexpected {asked:?}"),
    })
    .await;
    let told = ["ns/a good listed", "listed 1 at 10", "ns/b good", "ns/b good", "ns/a gone", "seen 20"];
    assert_eq!(run.told.lines(), told);
    let asked = run.record.all();
    assert_eq!(asked[0].path, "/api/v1/namespaces/ns/pods");
    assert_eq!(asked[0].parameter("limit"), Some("500"));
    assert_eq!(asked[0].parameter("resourceVersion"), None, "W8: most recent, not any");
    assert_eq!(asked[0].parameter("labelSelector"), Some("app.kubernetes.io%2Fmanaged-by%3Dop"));
    assert_eq!(asked[1].parameter("resourceVersion"), Some("10"));
    assert_eq!(asked[1].parameter("sendInitialEvents"), None, "W8: no streaming list");
    assert!(matches!(run.status.state(), WatchState::Synced { since } if since == start()));
}

/// Panics at the first object
#[derive(Clone, Default)]
struct Fragile(Told, Arc<Mutex<bool>>);

impl Sink for Fragile {
    type Object = PodDocument;

    fn applied(&self, object: Watched<PodDocument>, listed: bool) {
        let first = !std::mem::replace(&mut *self.1.lock().unwrap(), true);
        assert!(!first, "a bug");
        self.0.applied(object, listed);
    }

    fn deleted(&self, _object: Watched<PodDocument>) {}

    fn listed(&self, _keys: &BTreeSet<Key>, _version: Option<u64>) {}

    fn seen(&self, _version: Option<u64>) {}
}

#[tokio::test(start_paused = true)]
async fn a_watch_outlives_a_panic() {
    let (client, _) =
        scripted(|asked, _| if asked.is_watch() { Answer::Open(vec![]) } else { list(10, &[pod("a", 5)]) });
    let clock = Clock::tokio(start());
    let sink = Fragile::default();
    let resource = ApiResource::erase::<Pod>(&());
    let target = Target { resource, scope: Scope::Cluster, selector: None };
    let watch = Watch::new(client, clock.clone(), target, sink.clone(), 3);
    let status = watch.status();
    let shutdown = Shutdown::default();
    shutdown.spawn("watch", watch.run(shutdown.clone()));
    clock.sleep(Duration::from_millis(100)).await;
    assert!(matches!(status.state(), WatchState::Failing { .. }), "a watch that is dead looks well");
    clock.sleep(Duration::from_secs(5)).await;
    assert_eq!(sink.0.lines(), ["ns/a good listed"]);
    assert!(matches!(status.state(), WatchState::Synced { .. }));
    shutdown.drain(Duration::from_secs(1)).await;
}

#[test]
fn a_panic_in_a_users_decoder_is_an_object_that_does_not_decode() {
    #[derive(Debug)]
    struct Fragile;
    impl<'de> serde::Deserialize<'de> for Fragile {
        fn deserialize<D: serde::Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
            panic!("no such day")
        }
    }
    let watched = Watched::<Fragile>::decode(pod("a", 5));
    assert_eq!(watched.key(), Key::new("ns", "a"));
    assert_eq!(watched.content.unwrap_err(), "the decoder panicked: no such day");
}

#[tokio::test(start_paused = true)]
async fn goes_on_at_once_where_a_healthy_watch_ended() {
    let run = run_for(5, |_, count| match count {
        0 => list(10, &[]),
        1 => Answer::Lines(vec![event("ADDED", pod("b", 11))]),
        _ => Answer::Open(vec![]),
    })
    .await;
    let asked = run.record.all();
    assert_eq!(asked.len(), 3);
    assert_eq!(asked[2].parameter("resourceVersion"), Some("11"));
    assert_eq!(run.status.failures(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_silent_watch_is_taken_for_dead_and_started_again() {
    let run = run_for(400, |_, count| if count == 0 { list(10, &[]) } else { Answer::Open(vec![]) }).await;
    assert_eq!(run.record.lists_and_watches(), (1, 2));
}

#[tokio::test(start_paused = true)]
async fn w1_a_watch_refused_with_410_lists_again() {
    let run = run_for(600, |asked, _| {
        if asked.is_watch() { failure(410, "Expired", "too old resource version") } else { list(10, &[]) }
    })
    .await;
    let (lists, watches) = run.record.lists_and_watches();
    assert!(lists == watches && lists > 5, "{lists} lists, {watches} watches");
    assert!(watches < 60, "{watches} without backoff");
}

#[tokio::test(start_paused = true)]
async fn w1_a_version_that_is_too_large_lists_again() {
    let run = run_for(60, |asked, _| {
        if !asked.is_watch() {
            return list(10, &[]);
        }
        let mut body = failure_body(504, "Timeout", "Too large resource version");
        body["details"] = json!({ "causes": [{ "reason": "ResourceVersionTooLarge", "message": "" }] });
        Answer::Json(504, body)
    })
    .await;
    let (lists, watches) = run.record.lists_and_watches();
    assert_eq!(lists, watches);
}

#[tokio::test(start_paused = true)]
async fn w1_five_failed_starts_list_again() {
    let run =
        run_for(
            300,
            |asked, _| {
                if asked.is_watch() { failure(500, "InternalError", "no") } else { list(10, &[]) }
            },
        )
        .await;
    let (lists, watches) = run.record.lists_and_watches();
    assert!(lists >= 2, "{lists} lists");
    assert!(watches.div_ceil(5) == lists || watches / 5 + 1 == lists, "{lists} lists, {watches} watches");
}

#[tokio::test(start_paused = true)]
async fn w2_any_error_event_begins_anew() {
    let run = run_for(20, |asked, count| match (asked.is_watch(), count) {
        (false, _) => list(10, &[]),
        (true, 1) => Answer::Open(vec![
            event("ERROR", failure_body(500, "InternalError", "unexpected watch event")),
            event("ADDED", pod("after-the-error", 11)),
        ]),
        (true, _) => Answer::Open(vec![]),
    })
    .await;
    assert_eq!(run.record.lists_and_watches(), (2, 2));
    assert!(!run.told.lines().iter().any(|line| line.contains("after")), "{:?}", run.told.lines());
    assert!(matches!(run.status.state(), WatchState::Synced { .. }));
}

#[tokio::test(start_paused = true)]
async fn w3_a_watch_that_ends_at_once_is_slowed_down() {
    let run =
        run_for(600, |asked, _| if asked.is_watch() { Answer::Lines(vec![]) } else { list(10, &[]) }).await;
    let (_, watches) = run.record.lists_and_watches();
    assert!((5..60).contains(&watches), "{watches} watches in ten minutes");
    assert!(run.status.failures() >= 5);
}

#[tokio::test(start_paused = true)]
async fn w3_a_bookmark_is_no_sign_of_life() {
    let bookmark = || {
        let metadata = json!({ "resourceVersion": "10" });
        event("BOOKMARK", json!({ "kind": "Pod", "apiVersion": "v1", "metadata": metadata }))
    };
    let run = run_for(
        600,
        move |asked, _| {
            if asked.is_watch() { Answer::Lines(vec![bookmark()]) } else { list(10, &[]) }
        },
    )
    .await;
    assert!(run.record.lists_and_watches().1 < 60);
}

#[tokio::test(start_paused = true)]
async fn a_cut_connection_goes_on_where_it_was() {
    let run = run_for(60, |_, count| match count {
        0 => list(10, &[]),
        1 => Answer::Cut(vec![event("ADDED", pod("b", 11))]),
        _ => Answer::Open(vec![]),
    })
    .await;
    assert_eq!(run.record.lists_and_watches(), (1, 2));
    assert_eq!(run.record.all()[2].parameter("resourceVersion"), Some("11"));
}

#[tokio::test(start_paused = true)]
async fn w4_w5_a_bad_object_is_passed_on_as_such_and_stops_nothing() {
    let run = run_for(20, |_, count| match count {
        0 => list(10, &[pod("a", 5), bad_pod("x", 6), pod("b", 7)]),
        _ => Answer::Open(vec![
            event("ADDED", bad_pod("y", 11)),
            event("ADDED", pod("c", 12)),
            event("DELETED", bad_pod("y", 13)),
        ]),
    })
    .await;
    let told = [
        "ns/a good listed",
        "ns/x bad listed",
        "ns/b good listed",
        "listed 3 at 10",
        "ns/y bad",
        "ns/c good",
        "ns/y gone",
    ];
    assert_eq!(run.told.lines(), told);
    assert_eq!(run.status.failures(), 0);
}

#[tokio::test(start_paused = true)]
async fn w7_a_missing_role_is_visible_and_heals_when_it_is_granted() {
    let granted = Duration::from_mins(2);
    let origin = tokio::time::Instant::now();
    let script = move |asked: &Asked, _: usize| match (asked.is_watch(), origin.elapsed() > granted) {
        (_, false) => {
            failure(403, "Forbidden", "pods is forbidden: User \"op\" cannot list resource \"pods\"")
        }
        (false, true) => list(10, &[]),
        (true, true) => Answer::Open(vec![]),
    };
    let before = run_for(100, script).await;
    let WatchState::Failing { since, was_synced, message } = before.status.state() else {
        panic!("{:?}", before.status.state())
    };
    assert_eq!((since, was_synced), (start(), false));
    assert!(
        message.starts_with("cannot list pods in namespace `ns`: forbidden: pods is forbidden"),
        "{message}"
    );
    assert!((4..40).contains(&before.record.all().len()), "{} calls", before.record.all().len());
    assert_eq!(before.clock.now(), crate::clock::add(start(), Duration::from_secs(100)));
    let after = run_for(60, script).await;
    assert!(matches!(after.status.state(), WatchState::Synced { .. }), "{:?}", after.status.state());
    assert!(after.status.was_synced());
}

#[tokio::test(start_paused = true)]
async fn h2_a_hung_list_or_start_of_a_watch_does_not_hang_the_watch() {
    let run = run_for(200, |asked, count| match count {
        0 | 2 => Answer::Hang,
        _ if asked.is_watch() => Answer::Open(vec![]),
        _ => list(10, &[]),
    })
    .await;
    assert_eq!(run.record.lists_and_watches(), (2, 2));
}

#[tokio::test(start_paused = true)]
async fn w10_a_relist_swaps_in_place_and_reports_what_vanished() {
    let owned = |name: &str, version: u64| {
        let mut pod = pod(name, version);
        pod["metadata"]["ownerReferences"] = json!([
            { "apiVersion": "x.io/v1", "kind": "Web", "name": "web", "uid": "owner", "controller": true }
        ]);
        pod
    };
    let (client, _) = scripted(move |asked, count| match (asked.is_watch(), count) {
        (false, 0) => list(10, &[owned("a", 5), owned("b", 6)]),
        (false, _) => list(30, &[owned("b", 6)]),
        (true, 1) => Answer::Open(vec![event("ERROR", failure_body(410, "Expired", "too old"))]),
        (true, _) => Answer::Open(vec![]),
    });
    let clock = Clock::tokio(start());
    let scope = Scope::Cluster;
    let cache = PodCache::new(clock.clone(), [scope.clone()]);
    let queue = Queue::new(clock.clone(), Limit::default(), 1);
    let router = Router::default().with("x.io", "Web", true, queue.clone());
    let sink = PodSink::<PodDocument>::new(scope.clone(), cache.clone(), router);
    let target = Target { resource: ApiResource::erase::<Pod>(&()), scope, selector: None };
    let shutdown = Shutdown::default();
    shutdown.spawn("watch", Watch::new(client, clock.clone(), target, sink, 1).run(shutdown.clone()));
    let first = take(&queue).await;
    assert_eq!((first.key.to_string().as_str(), first.reason), ("ns/web", Reason::Initial));
    first.finish(crate::queue::Outcome::Done { next: None });
    let second = take(&queue).await;
    assert_eq!(second.reason, Reason::Pod);
    let snapshot = cache.owned_by("owner");
    assert_eq!(snapshot.freshness, Freshness::Fresh);
    assert_eq!(snapshot.pods.iter().map(|pod| pod.name.as_str()).collect::<Vec<_>>(), ["b"]);
}

#[derive(Clone, Debug, serde::Deserialize)]
struct Web {
    #[expect(dead_code, reason = "decoding it is the point")]
    spec: BTreeSet<i32>,
}

#[tokio::test(start_paused = true)]
async fn resources_are_queued_for_what_happened_to_them() {
    let web = |name: &str, version: u64, generation: i64| {
        let mut web = pod(name, version);
        web["metadata"]["generation"] = generation.into();
        web["spec"] = json!([1]);
        web
    };
    let (client, _) = scripted(move |asked, _| {
        if !asked.is_watch() {
            return list(10, &[web("old", 5, 1), web("going", 6, 1)]);
        }
        Answer::Open(vec![
            event("ADDED", web("new", 11, 1)),
            event("MODIFIED", web("old", 12, 2)),
            event("DELETED", web("going", 13, 1)),
        ])
    });
    let clock = Clock::tokio(start());
    let queue = Queue::new(clock.clone(), Limit::default(), 1);
    let cache: ResourceCache<Web> = ResourceCache::new(clock.clone());
    let sink = ResourceSink { scope: Scope::Cluster, cache: cache.clone(), queue: queue.clone() };
    let resource = ApiResource::erase::<Pod>(&());
    let target = Target { resource, scope: Scope::Cluster, selector: None };
    let shutdown = Shutdown::default();
    shutdown.spawn("watch", Watch::new(client, clock.clone(), target, sink, 1).run(shutdown.clone()));
    clock.sleep(Duration::from_secs(1)).await;
    let mut taken = Vec::new();
    for _ in 0..3 {
        let turn = take(&queue).await;
        taken.push((turn.key.name.clone(), turn.reason));
        turn.finish(crate::queue::Outcome::Done { next: None });
    }
    taken.sort();
    let expected = [("going", Reason::Deleted), ("new", Reason::Spec), ("old", Reason::Spec)];
    assert_eq!(taken, expected.map(|(name, reason)| (name.to_owned(), reason)));
    assert_eq!(cache.len(), 2);
}
