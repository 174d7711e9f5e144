//! Heals that are in the status and whose DELETE has not happened: refused, or lost with the process

use jiff::Timestamp;

use crate::{
    HealingStatus, Intent, Plan, Status,
    fixture::{World, ago, show, start, world},
};

#[test]
fn a_refused_create_stops_an_announced_heal_too() {
    let world = announced("replicas=3 refused=30 | a ready | b unready=400", 10);
    assert_eq!(show(&world.decide(), start()), "!FailedCreate | again in 30s");
}

/// A world in which the heal of its last pod was announced `secs` ago and its DELETE did not happen
pub(super) fn announced(text: &str, secs: i64) -> World {
    let mut world = world(text);
    let pod = world.observation.pods.last().expect("a pod").clone();
    let intent = Intent {
        pod_name: pod.name,
        pod_uid: pod.uid,
        slot: pod.slot.expect("a slot"),
        cause: "CrashLoop".to_owned(),
        remedy: "Replace".to_owned(),
        attempt: 1,
        avoid_node: None,
        epoch: None,
        time: ago(secs),
    };
    let healing = HealingStatus { intents: vec![intent], ..HealingStatus::default() };
    let status = Status { healing: Some(healing), last_heal_time: Some(ago(secs)), ..Status::default() };
    world.observation.resource.status = Some(status);
    world
}

fn intents(plan: &Plan) -> Vec<(String, Timestamp)> {
    let healing = plan.status.healing.clone().unwrap_or_default();
    healing.intents.into_iter().map(|intent| (intent.pod_name, intent.time)).collect()
}

#[test]
fn an_announced_heal_waits_for_a_pod_between_two_crashes() {
    for (words, plan, stays) in [
        ("crash-loop restarts=6", "heal b CrashLoop Replace 1 | again in 30s", true),
        ("exited=Error restarts=6", "again in 291s", true),
        ("up-unready=2 restarts=6", "again in 291s", true),
        ("up=2 restarts=6", "again in 29s", true),
        ("up=31 restarts=6", "", false),
        ("ready", "", false),
        ("waiting=ErrImagePull restarts=6", "!PodHeld | again in 601s", false),
    ] {
        let world = announced(&format!("replicas=2 | a ready | b {words}"), 10);
        let decided = world.decide();
        assert_eq!(show(&decided, start()), plan, "pod: {words}");
        let kept = if stays { vec![("b".to_owned(), ago(10))] } else { Vec::new() };
        assert_eq!(intents(&decided), kept, "pod: {words}");
        assert_eq!(decided.status.last_heal_time, Some(ago(10)), "pod: {words}");
    }
}

#[test]
fn an_announced_heal_that_cannot_be_carried_out_is_no_failure_and_lets_others_go_first() {
    let text = "replicas=3 unhealthy=100% | a ready | c unready=320 | b crash-loop restarts=6";
    assert_eq!(intents(&announced(text, 300).decide()), [("b".to_owned(), ago(300))]);
    let plan = announced(text, 301).decide();
    assert_eq!(show(&plan, start()), "heal c Unready Replace 1 | again in 30s");
    assert_eq!(plan.status.healing.as_ref().and_then(|healing| healing.failed_heals), None);
    // nobody else: announced anew
    let plan = announced("replicas=2 | a ready | b crash-loop restarts=6", 301).decide();
    assert_eq!(intents(&plan), [("b".to_owned(), start())]);
}

/// The eviction of the pod was refused after it was announced: nothing was done, and others go first
#[test]
fn a_heal_whose_eviction_is_refused_is_withdrawn() {
    let plan = announced("replicas=5 kept=b | c,d,e ready | a unready=310 | b unready=400", 10).decide();
    assert_eq!(show(&plan, start()), "heal a Unready Replace 1 | again in 30s");
    assert_eq!(intents(&plan), [("a".to_owned(), start())]);
    // by now it serves nobody: no budget is asked
    let plan = announced("replicas=2 kept=b | a ready | b unready=400", 10).decide();
    assert_eq!(show(&plan, start()), "heal b Unready Replace 1 | again in 30s");
}
