//! Warm-up: what a new process leaves alone, and for how long

use super::{announced::announced, check, condition, refused};
use crate::{
    Plan,
    fixture::{World, ago, show, start, world},
    object::{ObjectKey, SeenObject},
};

fn next(text: &str) -> (Option<i64>, bool) {
    let plan = world(text).decide();
    (plan.next.map(|wait| wait.until.duration_since(start()).as_secs()), plan.awaits_round)
}

#[test]
fn a_new_process_removes_nothing() {
    for (work, done) in [
        ("replicas=1 {} | a ready", ""),
        ("replicas=1 {} | a,b ready", "delete a ScaleDown | !ScaledDown | again in 5s"),
        ("replicas=1 {} | a ready | b failed=Evicted slot=0 age=900", ""),
        (
            "replicas=1 history=0 {} | a ready | b failed=Evicted slot=0 age=900",
            "delete b Finished | again in 5s",
        ),
        ("replicas=1 {} | a unready=400", "heal a Unready Replace 1 | again in 30s"),
        ("replicas=2 {} | a ready", "create 1 | !ScaledUp | again in 5s"),
    ] {
        let (warm, new) = (work.replace("{}", "warm=11"), work.replace("{}", "warm=2"));
        assert_eq!(without_waits(&world(&warm).decide()), without_waits_of(done), "warm: {work}");
        let created = if done.starts_with("create") { done } else { "" };
        let planned = without_waits(&world(&new).decide());
        let steps: Vec<&str> = planned.split(" | ").filter(|part| !part.starts_with('!')).collect();
        assert_eq!(steps.join(" | "), without_events(created), "new: {work}");
    }
}

fn without_waits(plan: &Plan) -> String {
    without_waits_of(&show(plan, start()))
}

fn without_waits_of(shown: &str) -> String {
    shown.split(" | ").filter(|part| !part.starts_with("again")).collect::<Vec<_>>().join(" | ")
}

fn without_events(shown: &str) -> String {
    let steps = shown.split(" | ").filter(|part| !part.starts_with('!') && !part.starts_with("again"));
    steps.collect::<Vec<_>>().join(" | ")
}

#[test]
fn a_rollout_and_objects_that_nobody_wants_wait_too() {
    let rollout = "replicas=4 unavailable=1 surge=0 {} | a,b,c,d ready old age=900";
    let plan = world(&rollout.replace("{}", "warm=11")).decide();
    assert!(show(&plan, start()).contains("delete"), "{}", show(&plan, start()));
    let plan = world(&rollout.replace("{}", "warm=2")).decide();
    assert!(!show(&plan, start()).contains("delete"), "{}", show(&plan, start()));
    for (words, pruned) in [("warm=11", true), ("warm=2", false), ("round=11", false)] {
        let mut world = world(&format!("replicas=1 {words} | a ready"));
        world.observation.objects.seen.push(unwanted());
        let plan = world.decide();
        assert_eq!(show(&plan, start()).contains("prune web-old"), pruned, "{words}");
        assert!(pruned || plan.next.is_some(), "{words}: looked at again");
    }
}

fn unwanted() -> SeenObject {
    SeenObject {
        key: ObjectKey { group: String::new(), kind: "Service".to_owned(), name: "web-old".to_owned() },
        uid: "uid-web-old".to_owned(),
        resource_version: "7".to_owned(),
        controller_uid: Some(crate::fixture::UID.to_owned()),
        terminating: false,
        as_wanted: false,
    }
}

#[test]
fn a_deleted_resource_is_cleaned_up_by_a_new_process() {
    check("replicas=1 deleting round=0 | a ready", "delete a OwnerDeleted | again in 5s");
}

#[test]
fn it_ends_with_the_time_and_the_first_round() {
    for (words, until) in [
        ("warm=0", (Some(11), false)),
        ("warm=10", (Some(1), false)),
        // within its time the round does not matter yet
        ("round=0", (Some(11), false)),
        // over, and the round is not: at most a minute more
        ("round=11", (Some(60), true)),
        ("round=70", (Some(1), true)),
        ("leader-warmup=0 round=0", (Some(61), true)),
        ("leader-warmup=600 warm=300", (Some(301), false)),
    ] {
        // a history of none: nothing else to wait for
        let text = format!("replicas=1 history=0 {words} | a ready | b failed=Evicted slot=0 age=900");
        refused(&text, "b", "LeaderWarmup");
        assert_eq!(next(&text), until, "{words}");
    }
    for words in ["warm=11", "round=71", "leader-warmup=0 warm=0", "leader-warmup=600 warm=601", ""] {
        check(
            &format!("replicas=1 history=0 {words} | a ready | b failed=Evicted slot=0 age=900"),
            "delete b Finished | again in 5s",
        );
    }
}

#[test]
fn a_converged_resource_is_not_looked_at_because_of_it() {
    let mut world = world("replicas=2 round=0 | a,b ready age=900");
    world.observation.resource.status = Some(world.decide().status);
    let plan = world.decide();
    assert_eq!((plan.next, plan.awaits_round), (None, false));
}

#[test]
fn a_condition_says_so_only_where_a_due_pod_waits_for_a_minute() {
    for (words, allowed) in [
        ("leader-warmup=600 warm=59", "True Allowed"),
        ("leader-warmup=600 warm=60", "False LeaderWarmup"),
        ("round=69", "False LeaderWarmup"),
        ("leader-warmup=600 warm=300 paused", "False Paused"),
    ] {
        let text = format!("replicas=3 {words} | a,b ready | c unready=400");
        assert_eq!(condition(&world(&text).decide(), "RemediationAllowed"), allowed, "{words}");
    }
    // nobody waits, or not for long enough
    for pod in ["ready", "starting", "unready=320"] {
        let text = format!("replicas=3 leader-warmup=600 warm=300 | a,b ready | c {pod}");
        assert_eq!(condition(&world(&text).decide(), "RemediationAllowed"), "True Allowed", "{pod}");
    }
}

/// An announced heal of this epoch, as a leader of epoch 4 sees it
fn of_epoch(epoch: Option<i32>, words: &str) -> World {
    let mut world = announced(&format!("replicas=3 {words} | a,c ready | b unready=400"), 10);
    let status = world.observation.resource.status.as_mut().expect("a status");
    let intent = status.healing.as_mut().expect("healing").intents.first_mut().expect("an intent");
    intent.epoch = epoch;
    world
}

#[test]
fn a_heal_of_another_leader_is_taken_on_once_the_lease_is_known_to_be_ours() {
    for (epoch, words, acts) in [
        (Some(4), "epoch=4", true),
        // epochs begin anew when a lease is deleted: smaller and greater are the same
        (Some(3), "epoch=4", false),
        (Some(9), "epoch=4", false),
        (None, "epoch=4", false),
        (Some(3), "epoch=4 confirmed", true),
        (Some(9), "epoch=4 confirmed", true),
        (Some(3), "", true),
    ] {
        let world = of_epoch(epoch, words);
        let plan = world.decide();
        assert_eq!(show(&plan, start()).contains("heal b"), acts, "{epoch:?} {words}");
        if !acts {
            assert_eq!(show(&plan, start()), "again in 5s", "{epoch:?} {words}");
            continue;
        }
        let intents = plan.status.healing.expect("healing").intents;
        let ours = world.observation.surroundings.epoch;
        assert_eq!((intents[0].epoch, intents[0].time), (ours, ago(10)), "the same heal, under our name");
    }
}

#[test]
fn an_intent_tells_its_epoch_only_where_there_is_an_election() {
    for (words, epoch) in [("epoch=4", Some(4)), ("", None)] {
        let plan = world(&format!("replicas=3 {words} | a,c ready | b unready=400")).decide();
        assert_eq!(plan.status.healing.expect("healing").intents[0].epoch, epoch);
    }
}
