//! The contracts of a pass: what is written, in which order, and what is not written

use std::time::Duration;

use serde_json::json;

use super::*;
use crate::{
    client::script::{Answer, Asked, failure},
    fixture::{FINALIZER, UID, World, crashing, key, ready, start, web, well, world},
    record::RecordError,
};

fn is_delete(asked: &Asked) -> bool {
    asked.method == "DELETE"
}

fn is_create(asked: &Asked) -> bool {
    asked.method == "POST"
}

fn is_status(asked: &Asked) -> bool {
    asked.path.ends_with("/status")
}

/// Names of the pods that were asked for
fn created(world: &World) -> Vec<String> {
    let creates = world.record.all().into_iter().filter(is_create);
    creates.map(|asked| asked.body["metadata"]["name"].as_str().unwrap().to_owned()).collect()
}

/// A finished deletion of the resource, but for its finalizer
fn deleted(replicas: i32) -> serde_json::Value {
    let mut web = web(replicas);
    web["metadata"]["deletionTimestamp"] = json!(start());
    web
}

#[tokio::test(start_paused = true)]
async fn the_finalizer_goes_on_before_the_first_pod() {
    let mut bare = web(2);
    bare["metadata"]["finalizers"] = json!(["other.io/theirs"]);
    let world = world([bare], well);
    world.pass().await.unwrap();
    assert_eq!(world.writes(), ["PATCH /apis/x.io/v1/namespaces/ns/webs/web"]);
    let patch = &world.record.all()[0].body["metadata"];
    assert_eq!(patch["finalizers"], json!(["other.io/theirs", FINALIZER]));
    assert_eq!((&patch["uid"], &patch["resourceVersion"]), (&json!(UID), &json!("1")));
    world.show();
    world.pass_until(is_create).await;
}

#[tokio::test(start_paused = true)]
async fn an_intent_is_written_before_the_delete_which_has_both_preconditions() {
    let world = world([web(2), ready("a", 0), crashing("b", 1)], well);
    world.pass_until(is_delete).await;
    let asked = world.record.all();
    let delete = asked.iter().position(is_delete).unwrap();
    let intent = &asked[delete - 1];
    assert!(is_status(intent), "{intent:?}");
    assert_eq!(intent.body["status"]["healing"]["intents"][0]["podUid"], "uid-b");
    assert_eq!(asked[delete].path, "/api/v1/namespaces/ns/pods/b");
    assert_eq!(asked[delete].body["preconditions"], json!({ "uid": "uid-b", "resourceVersion": "5" }));
    assert_eq!(asked.len(), delete + 1, "one status write, and nothing after the delete");
    assert!(world.events().contains(&"HealingTriggered".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn no_delete_follows_an_intent_that_was_not_written() {
    for refusal in
        [failure(409, "Conflict", "modified"), failure(500, "InternalError", "timeout"), Answer::Hang]
    {
        let world = world([web(2), ready("a", 0), crashing("b", 1)], move |asked| {
            let intents = &asked.body["status"]["healing"]["intents"];
            (is_status(asked) && intents.is_array()).then(|| refusal.clone())
        });
        world
            .pass_until(|asked| is_status(asked) && asked.body["status"]["healing"]["intents"].is_array())
            .await;
        assert!(!world.record.all().iter().any(is_delete));
        assert!(!world.events().contains(&"HealingTriggered".to_owned()));
    }
}

#[tokio::test(start_paused = true)]
async fn a_heal_that_was_announced_before_a_crash_is_carried_out_once() {
    let world = world([web(2), ready("a", 0), crashing("b", 1)], |asked| {
        is_delete(asked).then(|| failure(503, "ServiceUnavailable", "down"))
    });
    world.pass_until(is_delete).await;
    let fresh = crate::fixture::world(world.server.pods().into_iter().chain(world.server.resource()), well);
    fresh.pass_until(is_delete).await;
    let resource = fresh.server.resource().unwrap();
    let intents = resource["status"]["healing"]["intents"].as_array().unwrap().clone();
    assert_eq!((intents.len(), &intents[0]["attempt"]), (1, &json!(1)), "the same heal, charged once");
}

#[tokio::test(start_paused = true)]
async fn fields_of_the_status_that_are_not_healings_stay_as_others_wrote_them() {
    let world = world([web(1)], well);
    world.server.edit(|web| web["status"] = json!({ "motto": "on and on", "lastHealTime": start() }));
    world.show();
    world.pass_until(is_status).await;
    let status = |world: &World| world.server.resource().unwrap()["status"].clone();
    let written = status(&world);
    assert_eq!((&written["motto"], &written["observedGeneration"]), (&json!("on and on"), &json!(1)));
    // another writer's word counts, and its field goes when it takes it away
    for motto in [json!("later"), json!(null)] {
        world.server.edit(|web| {
            web["status"]["motto"] = motto.clone();
            web["metadata"]["generation"] = json!(web["metadata"]["generation"].as_i64().unwrap() + 1);
        });
        world.show();
        let before = world.record.all().len();
        world.pass().await.unwrap();
        assert!(world.record.all()[before..].iter().any(is_status));
        assert_eq!(status(&world)["motto"], motto);
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_is_decided_on_a_cache_that_does_not_show_our_writes() {
    let world = world([web(3)], well);
    world.pass().await.unwrap();
    let before = world.record.all().len();
    assert_eq!(created(&world).len(), 3);
    for _ in 0..5 {
        let Requeue::At(_) = world.pass().await.unwrap() else { panic!("nothing wakes it again") };
    }
    assert_eq!(world.record.all().len(), before, "not even a read: the watch will show it");
    world.clock.sleep(Duration::from_secs(61)).await;
    world.pass().await.unwrap();
    let reads: Vec<_> = world.record.all()[before..].iter().map(|asked| asked.method.clone()).collect();
    assert_eq!(reads, ["GET"], "a live read in place of a guess");
    world.show();
    world.pass().await.unwrap();
    assert_eq!(created(&world).len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_create_without_an_answer_is_sent_again_under_its_name_after_a_live_read() {
    let hung = std::sync::atomic::AtomicBool::new(true);
    let world = world([web(1)], move |asked| {
        let first = is_create(asked) && hung.swap(false, std::sync::atomic::Ordering::Relaxed);
        first.then_some(Answer::Hang)
    });
    let failed = world.pass().await;
    assert!(matches!(failed, Err(ReconcileError::Act(_))), "{failed:?}");
    world.show();
    world.pass().await.unwrap();
    let names = created(&world);
    assert_eq!(names.len(), 2);
    assert_eq!(names[0], names[1]);
    let asked = world.record.all();
    let second = asked.iter().rposition(is_create).unwrap();
    assert!(asked[..second].iter().any(|asked| asked.method == "GET" && asked.path.ends_with("/pods")));
}

#[tokio::test(start_paused = true)]
async fn a_label_that_was_taken_off_a_pod_does_not_stop_its_owner() {
    for label in ["healing.dev/owner-uid", "app.kubernetes.io/managed-by"] {
        let world = world([web(2), ready("a", 0), ready("b", 1)], well);
        let mut stripped = ready("stripped", 1);
        stripped["metadata"]["labels"][label] = json!("mine");
        world.server.put(stripped);
        if label == "healing.dev/owner-uid" {
            world.show();
        }
        world.controller.cx.hands.pods.wrote(UID, crate::cache::Written::Unanswered);
        world.pass().await.unwrap();
        assert!(
            world.writes().contains(&"PUT /apis/x.io/v1/namespaces/ns/webs/web/status".to_owned()),
            "{label}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_is_remembered_of_resources_that_are_gone() {
    let world = world([web(1)], well);
    world.pass().await.unwrap();
    let cx = &world.controller.cx;
    assert_eq!((cx.hands.pods.expected(), cx.resources.expected()), (1, 1));
    // another object of the same name, and a write of a pass that the deletion has overtaken
    world.server.edit(|web| web["metadata"]["uid"] = json!("uid-anew"));
    world.show();
    cx.resources.wrote(UID, crate::cache::Written::Unanswered);
    world.pass().await.unwrap();
    world.server.drop_resource();
    world.show();
    cx.resources.wrote("uid-anew", crate::cache::Written::Unanswered);
    assert_eq!(world.pass().await.unwrap(), Requeue::Forget);
    assert_eq!((cx.hands.pods.expected(), cx.resources.expected()), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_failed_step_backs_off_even_if_the_status_lost_a_race() {
    let world = world([web(1)], |asked| is_create(asked).then(|| failure(429, "TooManyRequests", "busy")));
    world.server.edit(|web| web["metadata"]["labels"] = json!({ "a": "b" }));
    let failed = world.pass().await.unwrap_err();
    assert!(!failed.is_race(), "{failed}");
}

#[tokio::test(start_paused = true)]
async fn a_name_that_is_taken_is_read_and_told_by_uid_and_slot() {
    // ours: the answer to an earlier create was lost
    let ours = world([web(1)], well);
    ours.pass().await.unwrap();
    let pod = ours.server.pods().remove(0);
    let name = pod["metadata"]["name"].as_str().unwrap().to_owned();
    let again = world([web(1)], well);
    again.server.put(pod.clone());
    again.pass().await.unwrap();
    again.show();
    again.pass().await.unwrap();
    assert_eq!(created(&again), [name.as_str()]);

    // somebody else's, readable or not: left alone, the next name is used
    let mut foreign = pod.clone();
    foreign["metadata"]["ownerReferences"] = json!([]);
    let mut unreadable = foreign.clone();
    unreadable["spec"] = json!({ "nodeName": 7 });
    // ours in another slot: a collision of names
    let mut elsewhere = pod;
    elsewhere["metadata"]["labels"]["healing.dev/slot"] = json!("9");
    for (other, told) in [(foreign, true), (unreadable, true), (elsewhere, false)] {
        let world = world([web(1)], well);
        world.server.put(other);
        world.pass().await.unwrap();
        world.show_resource();
        world.pass().await.unwrap();
        let names = created(&world);
        assert_eq!(names.len(), 2, "{names:?}");
        assert_ne!(names[0], names[1]);
        assert!(!world.record.all().iter().any(is_delete));
        assert_eq!(world.events().contains(&"NameConflict".to_owned()), told);
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_is_written_for_a_converged_resource() {
    let world = world([web(2), ready("a", 0), ready("b", 1)], well);
    world.pass().await.unwrap();
    world.show();
    let writes = world.writes();
    assert_eq!(writes, ["PUT /apis/x.io/v1/namespaces/ns/webs/web/status"]);
    for _ in 0..10 {
        world.clock.sleep(Duration::from_mins(10)).await;
        world.pass().await.unwrap();
        world.show();
    }
    // a restart remembers nothing and writes nothing either
    let fresh = crate::fixture::world(world.server.pods().into_iter().chain(world.server.resource()), well);
    fresh.clock.sleep(Duration::from_hours(2)).await;
    fresh.pass().await.unwrap();
    assert_eq!((world.writes(), fresh.writes()), (writes, vec![]));
}

#[tokio::test(start_paused = true)]
async fn the_finalizer_stays_while_a_live_list_shows_an_owned_pod() {
    let world = world([deleted(1)], well);
    world.server.put(ready("late", 0));
    let left = world.pass().await;
    assert!(matches!(left, Err(ReconcileError::Act(_))), "with backoff: {left:?}");
    assert_eq!(world.server.resource().unwrap()["metadata"]["finalizers"], json!([FINALIZER]));
    assert!(!world.events().contains(&"CleanupComplete".to_owned()), "told before it is true");
}

#[tokio::test(start_paused = true)]
async fn a_pod_that_no_watch_shows_is_removed_with_its_resource() {
    let mut stripped = ready("stripped", 0);
    stripped["metadata"]["labels"]["app.kubernetes.io/managed-by"] = json!("me");
    let world = world([deleted(1)], well);
    world.server.put(stripped);
    let _left = world.pass().await;
    let deletes: Vec<_> = world.record.all().into_iter().filter(is_delete).collect();
    assert_eq!(deletes.len(), 1, "the resource would hang for ever");
    assert_eq!(deletes[0].body["preconditions"], json!({ "uid": "uid-stripped", "resourceVersion": "5" }));
    world.show_resource();
    world.clock.sleep(Duration::from_mins(2)).await;
    let _left = world.pass().await;
    assert_eq!(world.writes().len(), 1, "one that is on its way out is only waited for");
}

#[tokio::test(start_paused = true)]
async fn pods_that_somebody_asked_to_keep_are_kept() {
    let mut orphaning = deleted(1);
    orphaning["metadata"]["finalizers"] = json!([FINALIZER, "orphan"]);
    let world = world([orphaning], well);
    world.server.put(ready("late", 0));
    let left = world.pass().await;
    assert!(matches!(left, Err(ReconcileError::Act(_))), "{left:?}");
    assert_eq!(world.writes(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_refused_create_is_told_of_once_and_holds_the_next() {
    for (code, reason, words) in
        [(403, "Forbidden", "exceeded quota: pods"), (404, "NotFound", "namespaces \"ns\" not found")]
    {
        let world = world([web(3)], move |asked| is_create(asked).then(|| failure(code, reason, words)));
        let mut events = Vec::new();
        for _ in 0..3 {
            world.pass().await.unwrap();
            world.show();
            events.extend(world.events());
            world.clock.sleep(Duration::from_secs(1)).await;
        }
        assert_eq!(created(&world).len(), 1, "slow start, then the wait");
        assert_eq!(events.iter().filter(|reason| *reason == "FailedCreate").count(), 1, "{events:?}");
        let status = world.server.resource().unwrap()["status"].to_string();
        assert!(status.contains(&words.replace('"', "\\\"")), "{status}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_crd_without_status_is_no_hot_loop() {
    let world = world([web(1), ready("a", 0)], |asked| {
        is_status(asked).then(|| failure(404, "NotFound", "404 page not found"))
    });
    let failed = world.pass().await.unwrap_err();
    assert!(!failed.is_race(), "made again at once, without backoff");
}

#[tokio::test(start_paused = true)]
async fn the_finalizer_goes_after_the_last_pod_and_takes_nobody_elses_along() {
    let mut going = deleted(1);
    going["metadata"]["finalizers"] = json!(["other.io/theirs", FINALIZER]);
    let mut foreign = ready("foreign", 0);
    foreign["metadata"]["ownerReferences"][0]["uid"] = json!("uid-before");
    let world = world([going, foreign], well);
    world.pass().await.unwrap();
    assert_eq!(world.writes(), ["PATCH /apis/x.io/v1/namespaces/ns/webs/web"]);
    assert_eq!(world.server.resource().unwrap()["metadata"]["finalizers"], json!(["other.io/theirs"]));
    assert_eq!(world.events(), ["CleanupComplete"]);
}

#[tokio::test(start_paused = true)]
async fn an_undecodable_resource_is_left_alone_and_told_of_once() {
    let mut bad = web(2);
    bad["spec"]["replicas"] = json!("many");
    let world = world([bad, ready("a", 0)], well);
    for _ in 0..3 {
        assert_eq!(world.pass().await.unwrap(), Requeue::OnChange);
        assert_eq!(world.events().len(), usize::from(world.clock.now() == start()));
        world.clock.sleep(Duration::from_mins(11)).await;
    }
    world.server.edit(|web| web["spec"]["replicas"] = json!(2));
    world.show();
    world.pass_until(is_create).await;
    assert_eq!(created(&world).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_status_that_lost_a_race_is_decided_again() {
    let world = world([web(2), ready("a", 0), ready("b", 1)], well);
    world.server.edit(|web| web["metadata"]["labels"] = json!({ "a": "b" }));
    let lost = world.pass().await;
    assert!(matches!(lost, Err(ReconcileError::Record(RecordError::Changed))), "{lost:?}");
    assert_eq!(world.server.resource().unwrap().get("status"), None);
    assert_eq!(key().to_string(), "ns/web");
}
