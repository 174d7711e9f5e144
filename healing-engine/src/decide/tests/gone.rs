//! Slots that get their next pod only when the old one is gone, and pods that are stuck on nodes that are off

use super::{check, cluster::Cluster, kubelet::Fate, refused, story::ends_quiet};
use crate::{
    Condition,
    fixture::{show, start, world},
};

fn message(text: &str, kind: &str) -> String {
    let plan = world(text).decide();
    Condition::find(&plan.status.conditions, kind).expect("the condition").message.clone()
}

#[test]
fn terminating_pods_keep_their_slots_and_count() {
    check("replicas=1 | a ready terminating=-30", "create 0 | !ScaledUp | again in 5s");
    check("replicas=1 gone | a ready terminating=-30", "again in 91s");
    refused("replicas=1 gone | a ready terminating=-30", "a", "Terminating");
    check("replicas=3 gone | a ready terminating=-30", "create 1 | create 2 | !ScaledUp | again in 5s");
    // beyond what is desired, and in the way all the same
    check("replicas=2 gone | a ready | b,c ready terminating=-30", "again in 91s");
    check("replicas=3 gone | a ready | b,c ready terminating=-30", "again in 91s");
    check("replicas=4 gone | a ready | b,c ready terminating=-30", "create 3 | !ScaledUp | again in 5s");
    // twice in a slot, as when the policy has changed
    check("replicas=2 gone | a ready | b ready slot=0 terminating=-30", "again in 91s");
    // a surplus leaves as ever
    check(
        "replicas=1 gone | a,b ready | c ready terminating=-30",
        "delete a ScaleDown | !ScaledDown | again in 5s",
    );
}

#[test]
fn the_containers_of_finished_pods_are_over_but_for_those_of_lost_nodes() {
    check("replicas=1 gone | a failed=OutOfcpu", "create 0 attempt 1 | !ScaledUp | again in 5s");
    check("replicas=1 gone | a failed=OutOfcpu node-ready", "create 0 attempt 1 | !ScaledUp | again in 5s");
    check("replicas=1 gone | a failed=OutOfcpu node-fenced", "create 0 attempt 1 | !ScaledUp | again in 5s");
    check("replicas=1 gone | a failed=OutOfcpu node-gone", "create 0 attempt 1 | !ScaledUp | again in 5s");
    check("replicas=1 gone | a failed=OutOfcpu node-not-ready", "again in 601s");
    check("replicas=1 | a failed=OutOfcpu node-not-ready", "create 0 attempt 1 | !ScaledUp | again in 5s");
    // nothing is removed that may run
    check("replicas=1 gone history=0 | a failed=OutOfcpu node-not-ready", "again in 601s");
    check("replicas=0 gone history=0 | a failed=OutOfcpu node-not-ready", "");
    check("replicas=0 gone history=0 | a failed=OutOfcpu", "delete a Finished | again in 5s");
    // another pod of its slot runs: it is history
    check(
        "replicas=2 gone | a failed=OutOfcpu node-not-ready | b ready slot=0 age=9",
        "create 1 | !ScaledUp | again in 5s",
    );
}

#[test]
fn a_rollout_makes_no_pod_before_an_old_one_is_gone() {
    check("replicas=4 gone | a,b,c,d ready old", "delete a Rollout | again in 5s");
    check("replicas=4 gone | a,b,c ready old | d ready old terminating=-30", "again in 91s");
    check("replicas=4 gone | a,b,c ready old", "create 3 | again in 5s");
    check("replicas=1 gone | a ready old", "delete a Rollout | again in 5s");
}

/// Hazard 31: what is deleted is not gone
#[test]
fn slow_terminator_with_gone() {
    for text in ["replicas=3 gone", "replicas=3 threshold=3 gone", "replicas=3 threshold=3 gone in-flight=3"]
    {
        let mut cluster = Cluster::new(text);
        cluster.run(60);
        cluster.grace_secs = 300;
        let pods = cluster.pods();
        cluster.kill(&pods[0]);
        cluster.doom(&pods[1], Fate::CrashLoop);
        cluster.doom(&pods[2], Fate::NeverReady);
        cluster.run(290);
        assert_eq!(cluster.count("create"), 3, "nothing before it is gone: {:#?}", cluster.log);
        cluster.run(30);
        assert_eq!(cluster.count("create"), 4, "{:#?}", cluster.log);
        cluster.run(3600);
        cluster.grace_secs = 2;
        cluster.run(3600);
        assert_eq!(cluster.status().healthy_replicas, Some(3), "L1: {:#?}", cluster.log);
        cluster.run(2 * 3600);
        ends_quiet(&mut cluster);
    }
}

#[test]
fn a_heal_stays_open_while_the_old_pod_keeps_its_slot_and_carries_its_attempt_on() {
    let mut cluster = Cluster::new("replicas=3 threshold=3 gone");
    cluster.run(60);
    cluster.grace_secs = 300;
    let pods = cluster.pods();
    cluster.doom(&pods[0], Fate::CrashLoop);
    cluster.run_until(|cluster| cluster.count("heal ") == 1);
    cluster.run(200);
    assert_eq!(cluster.condition("Healing"), "True Replacing");
    assert_eq!(cluster.healing().intents.len(), 1, "{:#?}", cluster.log);
    cluster.restart();
    cluster.run(300);
    assert_eq!(cluster.count("attempt 1"), 1, "{:#?}", cluster.log);
    assert_eq!(cluster.count("!Healed"), 1, "{:#?}", cluster.log);
}

#[test]
fn a_replacement_that_comes_late_has_its_whole_time_to_start() {
    let mut cluster = Cluster::new("replicas=3 threshold=3 gone");
    cluster.run(60);
    // grace and start together are a little longer, but not by the time to come up
    cluster.grace_secs = 631;
    let pods = cluster.pods();
    cluster.doom(&pods[0], Fate::CrashLoop);
    cluster.run_until(|cluster| cluster.count("heal ") == 1);
    cluster.run(700);
    assert_eq!((cluster.count("!HealFailed"), cluster.count("!Healed")), (0, 1), "{:#?}", cluster.log);
}

#[test]
fn a_heal_whose_pod_never_goes_fails_in_time_and_lets_others_go_on() {
    let mut cluster = Cluster::new("replicas=3 threshold=3 gone");
    cluster.run(60);
    cluster.grace_secs = 100_000;
    let pods = cluster.pods();
    cluster.doom(&pods[0], Fate::CrashLoop);
    cluster.run_until(|cluster| cluster.count("heal ") == 1);
    cluster.doom(&pods[1], Fate::CrashLoop);
    cluster.run(900);
    assert_eq!((cluster.count("!HealFailed"), cluster.count("heal ")), (1, 2), "{:#?}", cluster.log);
    assert_eq!(cluster.count("create"), 3, "{:#?}", cluster.log);
}

#[test]
fn a_slot_that_is_scaled_away_while_its_pod_goes_is_not_filled() {
    let mut cluster = Cluster::new("replicas=3 threshold=2 gone in-flight=3");
    cluster.run(60);
    cluster.grace_secs = 300;
    let pods = cluster.pods();
    cluster.doom(&pods[0], Fate::CrashLoop);
    cluster.doom(&pods[1], Fate::CrashLoop);
    cluster.run_until(|cluster| cluster.count("heal ") == 2);
    cluster.world.policy.replicas = 1;
    cluster.world.policy.health_threshold = Some(1);
    cluster.new_generation();
    cluster.run(10);
    assert_eq!(cluster.healing().intents, [], "{:#?}", cluster.log);
    cluster.run(600);
    assert_eq!((cluster.pods().len(), cluster.count("create")), (1, 3), "{:#?}", cluster.log);
    ends_quiet(&mut cluster);
}

#[test]
fn stuck_pods_of_nodes_that_are_off_are_forced_and_no_others() {
    let forced = "force a on node-0 | !StuckTerminating | again in 30s";
    check("replicas=0 force | a ready terminating=61 node-fenced", forced);
    check("replicas=0 force | a ready terminating=61 node-gone", forced);
    for pod in [
        "ready terminating=61 node-not-ready",
        "ready terminating=61 node-ready",
        "ready terminating=61",
        "ready terminating=61 node-gone grace=0",
        "ready terminating=61 node-gone unbound",
    ] {
        check(&format!("replicas=0 force | a {pod}"), "!StuckTerminating");
    }
    check("replicas=0 force | a ready terminating=60 node-fenced", "again in 1s");
    check("replicas=0 | a ready terminating=61 node-fenced", "!StuckTerminating");
    check("replicas=1 force | a unready=400 node-fenced", "again in 601s");
    check("replicas=0 force | a ready terminating=61 node-gone foreign", "");
    // nobody asked for it, and nobody waits for it
    check("replicas=0 force paused | a ready terminating=61 node-gone", "!Paused | !StuckTerminating");
    check("replicas=0 force deleting | a ready terminating=61 node-gone", forced);
    check("replicas=0 force deleting orphaning | a ready terminating=61 node-gone", "!StuckTerminating");
}

#[test]
fn a_forced_pod_makes_room_for_the_next_one() {
    check(
        "replicas=1 gone force | a ready terminating=61 node-gone",
        "force a on node-0 | !StuckTerminating | again in 30s",
    );
    check(
        "replicas=1 force | a ready terminating=61 node-gone",
        "force a on node-0 | create 0 | !ScaledUp | !StuckTerminating | again in 5s",
    );
}

#[test]
fn what_a_stuck_pod_waits_for_is_said() {
    let said = |resource: &str, pod: &str| {
        message(&format!("replicas=0 {resource} | a ready terminating=61 {pod}"), "Degraded")
    };
    assert_eq!(said("", ""), "StuckTerminating: a; check the pod's node and its finalizers");
    assert_eq!(
        said("force", "node-gone finalizer=example.com/f"),
        "StuckTerminating: a (held by the finalizers example.com/f, which those take off who set them); check the pod's \
         node and its finalizers"
    );
    assert_eq!(
        said("gone", "node-not-ready"),
        "StuckTerminating: a; their slots stay empty until they are gone; a node is lost: if it is off for certain, delete \
         it or taint it with node.kubernetes.io/out-of-service"
    );
    assert_eq!(
        said("force no-nodes", ""),
        "StuckTerminating: a; nodes may not be read, so that no pod is forced: apply the generated roles"
    );
}

#[test]
fn a_spec_that_cannot_come_forward_names_the_pods_that_keep_their_slots() {
    let mut cluster = Cluster::new("replicas=3 gone");
    cluster.run(60);
    cluster.grace_secs = 30;
    let pods = cluster.pods();
    cluster.kill(&pods[0]);
    cluster.hold(&pods[0]);
    cluster.world.policy.replicas = 4;
    cluster.new_generation();
    cluster.run(900);
    assert_eq!(cluster.condition("Degraded"), "True ProgressDeadlineExceeded", "{:#?}", cluster.log);
    let degraded = Condition::find(&cluster.status().conditions, "Degraded").expect("the condition");
    let stuck = format!("StuckTerminating: {}", pods[0]);
    assert!(degraded.message.contains(&stuck), "{}", degraded.message);
}

#[test]
fn a_pod_of_a_lost_node_is_left_to_kubernetes() {
    for pod in ["unready=400 node-not-ready", "ready node-gone"] {
        let text = format!("replicas=3 threshold=3 | a,b ready | c {pod}");
        check(&text, "again in 601s");
        refused(&text, "c", "NotDue");
    }
    let plan = world("replicas=3 threshold=3 | a,b ready | c unready=400").decide();
    assert_eq!(show(&plan, start()), "heal c Unready Replace 1 | again in 30s");
}
