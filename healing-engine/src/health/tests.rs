//! Each row of the classification table, once

use super::{Action, Budget, Health, Judgement, classify};
use crate::fixture::{start, world};

fn judge(words: &str) -> Judgement {
    let world = world(&format!("replicas=1 | a {words}"));
    let pod = &world.observation.pods[0];
    classify(pod, world.observation.memory.get(&pod.uid), &world.policy.knobs, start())
}

/// `health cause action budget`, and `due` where it is
fn check(words: &str, expect: &str) {
    let judgement = judge(words);
    let cause = judgement.cause_name().unwrap_or_else(|| "-".to_owned());
    let due = if judgement.due { " due" } else { "" };
    let Judgement { health, action, budget, .. } = judgement;
    assert_eq!(format!("{health:?} {cause} {action:?} {budget:?}{due}"), expect, "pod: {words}");
}

#[test]
fn a_verdict_counts_on_ready_pods_alone_once_it_was_said_thrice() {
    check("ready said=stale", "Unhealthy Custom Replace Same due");
    check("ready said=unknown", "Healthy - Keep Free");
    check("ready said=healthy", "Healthy - Keep Free");
    check("unready=10 said=stale", "Unhealthy Unready Replace Same");
    check("crash-loop restarts=6 said=healthy", "Unhealthy CrashLoop Replace Same due");
    check("ready said=stale terminating=10", "Terminating Terminating Wait Free");
    let world = world("replicas=1 fresh | a ready said=stale");
    let pod = &world.observation.pods[0];
    assert!(!classify(pod, world.observation.memory.get(&pod.uid), &world.policy.knobs, start()).due);
    assert_eq!(judge("ready said=stale").detail.as_deref(), Some("stale"));
}

#[test]
fn terminating_pods_are_waited_for_then_reported() {
    check("ready terminating=10", "Terminating Terminating Wait Free");
    check("ready terminating=60", "Terminating Terminating Wait Free");
    check("ready terminating=61", "Terminating StuckTerminating Hold Free due");
    // deletion beats everything, also an end
    check("failed=Evicted terminating=0", "Terminating Terminating Wait Free");
}

#[test]
fn a_node_that_is_read_tells_what_its_pods_cannot() {
    check("unready=400", "Unhealthy Unready Replace Same due");
    check("unready=400 node-ready", "Unhealthy Unready Replace Same due");
    check("unready=400 node-not-ready", "Unhealthy NodeLost Wait Free");
    check("unready=400 node-fenced", "Unhealthy NodeLost Wait Free");
    check("starting node-not-ready", "Unhealthy NodeLost Wait Free");
    check("crash-loop restarts=9 node-not-ready", "Unhealthy NodeLost Wait Free");
    // what it says is old, and no word against it
    check("ready node-not-ready", "Healthy - Keep Free");
    check("ready node-gone", "Unhealthy Orphaned Wait Free");
    check("unready=400 node-gone", "Unhealthy Orphaned Wait Free");
    check("lost node-gone", "Unhealthy NodeLost Wait Free");
    check("phase=Pending node-gone", "Starting Starting Wait Free");
    check("failed=Evicted node-gone", "Finished Evicted Gone Charged due");
}

#[test]
fn finished_pods_free_their_slot() {
    check("failed=Evicted", "Finished Evicted Gone Charged due");
    check(
        "failed=Evicted message=Usage_of_EmptyDir_volume_exceeds_the_limit",
        "Finished LimitExceeded Gone Same due",
    );
    check(
        "failed=Evicted message=Pod_was_rejected:_The_node_had_condition:",
        "Finished Rejected Gone Same due",
    );
    for word in ["OutOfcpu", "OutOfpods", "NodeAffinity", "UnexpectedAdmissionError", "SysctlForbidden"] {
        check(&format!("failed={word}"), "Finished Rejected Gone Same due");
    }
    for word in ["Terminated", "Shutdown", "NodeShutdown"] {
        check(&format!("failed={word}"), "Finished NodeShutdown Gone Free due");
    }
    check("failed=Preempting disrupted", "Finished Disrupted Gone Free due");
    check("failed=DeadlineExceeded", "Finished DeadlineExceeded Gone Same due");
    check("failed=SomethingNew", "Finished Failed Gone Same due");
    check("succeeded", "Finished Completed Gone Charged due");
}

#[test]
fn disruptions_and_lost_nodes_are_left_alone() {
    check("unready=400 disrupted=10", "Unhealthy Disrupted Wait Free");
    check("unready=400 disrupted=125", "Unhealthy Unready Replace Same due");
    check("ready disrupted=10", "Healthy - Keep Free");
    check("unready=400 phase=Unknown", "Unhealthy NodeLost Wait Free");
    check("phase=Running lost=3000", "Unhealthy NodeLost Wait Free");
}

#[test]
fn scheduling_is_the_schedulers_business() {
    check("unbound unschedulable=120", "Starting Unschedulable Hold Free");
    check("unbound unschedulable=121", "Unhealthy Unschedulable Hold Free due");
    check("unbound gated=5000 age=6000", "Starting SchedulingGated Wait Free");
    check("unready=400 restarting", "Starting Restarting Wait Free");
    // nobody schedules at all
    check("unbound age=601", "Unhealthy Unschedulable Hold Free due");
}

#[test]
fn init_containers_speak_first() {
    check("init=CrashLoopBackOff waiting=PodInitializing", "Unhealthy CrashLoop Replace Same due");
    check(
        "init=CrashLoopBackOff sidecar waiting=PodInitializing",
        "Unhealthy SidecarCrashLoop Replace Same due",
    );
    check("init=ErrImagePull waiting=PodInitializing", "Unhealthy ImageError Hold Free due");
}

#[test]
fn containers_that_cannot_be_created() {
    check("age=500 waiting=ContainerCreating", "Starting ContainerCreating Replace Charged");
    check("age=2000 waiting=ContainerCreating", "Starting ContainerCreating Replace Charged");
    check("age=100 waiting=ContainerCreating no-sandbox=90", "Starting NodeInfra Elsewhere Charged");
    for word in ["ErrImagePull", "ImagePullBackOff", "ErrImageNeverPull", "InvalidImageName"] {
        check(&format!("waiting={word}"), "Unhealthy ImageError Hold Free due");
    }
    check("waiting=CreateContainerConfigError", "Unhealthy ConfigError Hold Free due");
    check("waiting=CreateContainerError", "Unhealthy RuntimeError Replace Same due");
    check("waiting=SomethingNew", "Starting UnknownTransient Hold Free");
}

#[test]
fn crash_loops_are_left_to_the_kubelet_first() {
    check("crash-loop restarts=4", "Unhealthy CrashLoop Replace Same");
    check("crash-loop restarts=5", "Unhealthy CrashLoop Replace Same due");
    check("oom restarts=5", "Unhealthy OutOfMemory Replace Same due");
    check("waiting=RunContainerError restarts=5", "Unhealthy StartError Replace Same due");
    check("waiting=PostStartHookError restarts=5", "Unhealthy HookError Replace Same due");
    check("exited=Error", "Unhealthy Exited Wait Free");
    check("exited=ContainerStatusUnknown", "Unhealthy NodeInfra Elsewhere Charged");
    check("exited=SomethingNew", "Starting UnknownTransient Hold Free");
    // restarts from before we looked do not count, unless the kubelet's own back-off is long
    check("age=5000 crash-loop restarts=9", "Unhealthy CrashLoop Replace Same");
    check("age=5000 crash-loop restarts=9 finished=121", "Unhealthy CrashLoop Replace Same due");
}

#[test]
fn readiness_decides_last() {
    check("starting=30", "Starting Starting Wait Free");
    check("starting=600 age=700", "Starting Starting Wait Free");
    check("starting=603 age=700", "Unhealthy StartTimeout Replace Same due");
    check("unready=300", "Unhealthy Unready Replace Same");
    check("unready=301", "Unhealthy Unready Replace Same due");
    check("unready=301 containers-ready", "Unhealthy ReadinessGate Hold Free due");
    check("starting=30 containers-ready", "Starting ReadinessGate Hold Free");
    check("ready", "Healthy - Keep Free");
    check("phase=Running", "Healthy - Keep Free");
}

#[test]
fn one_observation_is_none() {
    let world = world("replicas=1 fresh | a unready=400");
    let pod = &world.observation.pods[0];
    let judgement = classify(pod, world.observation.memory.get(&pod.uid), &world.policy.knobs, start());
    assert_eq!((judgement.health, judgement.due), (Health::Unhealthy, false));
    assert!(!classify(pod, None, &world.policy.knobs, start()).due);
}

#[test]
fn of_several_containers_the_most_cautious_finding_counts() {
    let mut world = world("replicas=1 | a crash-loop restarts=9 waiting=ImagePullBackOff");
    let judgement = judge("crash-loop restarts=9 waiting=ImagePullBackOff");
    assert_eq!((judgement.action, judgement.budget), (Action::Hold, Budget::Free));
    world.observation.pods[0].status.container_statuses.reverse();
    let judgement = classify(&world.observation.pods[0], None, &world.policy.knobs, start());
    assert_eq!(judgement.action, Action::Hold);
}
