//! Histories of simulated pods, written down step by step, and random ones that must all be legal
//!
//! Time is a number here, and the API server a function that merges patches as the real one does.

mod history;
mod legality;
mod world;

use self::world::{World, pod};

/// Plays a pod under a failure for at most twelve writes and compares what it went through
#[track_caller]
fn check(failure: &str, expected: &[&str]) {
    check_pod(pod(), failure, expected);
}

#[track_caller]
fn check_pod(pod: serde_json::Value, failure: &str, expected: &[&str]) {
    let mut world = World::new(pod);
    world.fail((!failure.is_empty()).then_some(failure));
    let seen = world.play(12);
    assert_eq!(seen, expected, "history of a pod under `{failure}`");
}

#[test]
fn a_healthy_pod_comes_up_and_stays() {
    check("", &["bind", "Pending ContainerCreating x0", "Running running x0 Ready"]);
}

#[test]
fn a_readiness_probe_takes_its_time() {
    let mut probed = pod();
    probed["spec"]["containers"][0]["readinessProbe"] = serde_json::json!({ "httpGet": { "port": 80 } });
    check_pod(
        probed,
        "",
        &["bind", "Pending ContainerCreating x0", "Running running x0", "Running running x0 Ready"],
    );
}

#[test]
fn init_containers_run_one_after_the_other() {
    let mut with_init = pod();
    with_init["spec"]["initContainers"] = serde_json::json!([{ "name": "one", "image": "i" }, { "name": "two", "image": "i", "restartPolicy": "Always" }]);
    check_pod(
        with_init,
        "",
        &[
            "bind",
            "Pending PodInitializing x0 init[PodInitializing,PodInitializing]",
            "Pending PodInitializing x0 init[running,PodInitializing]",
            "Pending PodInitializing x0 init[Completed(0),PodInitializing]",
            "Pending PodInitializing x0 init[Completed(0),running]",
            "Running running x0 init[Completed(0),running] Ready",
        ],
    );
}

#[test]
fn a_crash_loop_restarts_and_waits() {
    check(
        "crash-loop",
        &[
            "bind",
            "Pending ContainerCreating x0",
            "Running running x0",
            "Running Error(1) x0",
            "Running running x1 after Error(1)",
            "Running CrashLoopBackOff x1 after Error(1)",
            "Running running x2 after Error(1)",
            "Running CrashLoopBackOff x2 after Error(1)",
            "Running running x3 after Error(1)",
            "Running CrashLoopBackOff x3 after Error(1)",
            "Running running x4 after Error(1)",
            "Running CrashLoopBackOff x4 after Error(1)",
        ],
    );
}

#[test]
fn the_waits_of_a_crash_loop_double() {
    let mut world = World::new(pod());
    world.fail(Some("crash-loop"));
    world.play(30);
    let waits: Vec<u128> = world.waits_before_running.iter().map(std::time::Duration::as_millis).collect();
    // start-up, the immediate restart, then the kubelet's series up to its longest wait
    assert_eq!(waits[..9], [100, 50, 100, 200, 400, 800, 1600, 3000, 3000]);
}

#[test]
fn running_out_of_memory_names_the_killer() {
    check(
        "out-of-memory",
        &[
            "bind",
            "Pending ContainerCreating x0",
            "Running running x0",
            "Running OOMKilled(137) x0",
            "Running running x1 after OOMKilled(137)",
            "Running CrashLoopBackOff x1 after OOMKilled(137)",
            "Running running x2 after OOMKilled(137)",
            "Running CrashLoopBackOff x2 after OOMKilled(137)",
            "Running running x3 after OOMKilled(137)",
            "Running CrashLoopBackOff x3 after OOMKilled(137)",
            "Running running x4 after OOMKilled(137)",
            "Running CrashLoopBackOff x4 after OOMKilled(137)",
        ],
    );
}

#[test]
fn one_exit_is_followed_by_a_good_run() {
    check(
        "exit-non-zero:3",
        &[
            "bind",
            "Pending ContainerCreating x0",
            "Running running x0",
            "Running Error(3) x0",
            "Running running x1 after Error(3) Ready",
        ],
    );
}

#[test]
fn a_pod_that_is_never_restarted_fails() {
    let mut once = pod();
    once["spec"]["restartPolicy"] = "Never".into();
    check_pod(
        once,
        "crash-loop",
        &["bind", "Pending ContainerCreating x0", "Running running x0", "Failed Error(1) x0"],
    );
}

#[test]
fn an_image_that_cannot_be_pulled_keeps_the_pod_pending() {
    check(
        "image-pull",
        &["bind", "Pending ContainerCreating x0", "Pending ErrImagePull x0", "Pending ImagePullBackOff x0"],
    );
}

#[test]
fn a_missing_config_keeps_the_pod_pending() {
    check("config-error", &["bind", "Pending ContainerCreating x0", "Pending CreateContainerConfigError x0"]);
}

#[test]
fn a_pod_that_cannot_be_created_stays_so() {
    check("stuck-creating", &["bind", "Pending ContainerCreating x0"]);
}

#[test]
fn an_evicted_pod_has_failed_for_good() {
    check(
        "evicted",
        &[
            "bind",
            "Pending ContainerCreating x0",
            "Running running x0 Ready",
            "Failed Evicted DisruptionTarget",
        ],
    );
}

#[test]
fn a_completed_pod_has_succeeded_for_good() {
    check(
        "completed",
        &["bind", "Pending ContainerCreating x0", "Running running x0 Ready", "Succeeded Completed(0) x0"],
    );
}

#[test]
fn readiness_that_never_comes_and_readiness_that_goes() {
    check("never-ready", &["bind", "Pending ContainerCreating x0", "Running running x0"]);
    check(
        "unready",
        &["bind", "Pending ContainerCreating x0", "Running running x0 Ready", "Running running x0"],
    );
}

#[test]
fn an_unschedulable_pod_waits_for_a_node() {
    check("unschedulable", &["Pending Unschedulable"]);
    let mut world = World::new(pod());
    world.placeable = false;
    assert_eq!(world.play(3), ["Pending Unschedulable"]);
    world.placeable = true;
    assert_eq!(world.play(9), ["bind", "Pending ContainerCreating x0", "Running running x0 Ready"]);
}

#[test]
fn pods_recover_when_their_failure_ends() {
    for (failure, recovered) in [
        ("crash-loop", "Ready"),
        ("out-of-memory", "Ready"),
        ("image-pull", "Running running x0 Ready"),
        ("config-error", "Running running x0 Ready"),
        ("stuck-creating", "Running running x0 Ready"),
        ("never-ready", "Running running x0 Ready"),
        ("unready", "Running running x0 Ready"),
        ("unschedulable", "Running running x0 Ready"),
    ] {
        let mut world = World::new(pod());
        world.fail(Some(failure));
        world.play(12);
        world.fail(None);
        let end = world.play(12).pop().unwrap_or_default();
        assert!(end.ends_with(recovered), "after `{failure}` the pod is `{end}`");
    }
}

#[test]
fn a_deleted_pod_ends_its_containers_and_goes() {
    let mut world = World::new(pod());
    world.play(12);
    world.delete(30);
    assert_eq!(world.play(12), ["Succeeded Completed(0) x0", "removed"]);
    assert_eq!(world.since_deletion(), world.pace.termination);
}

#[test]
fn termination_is_never_later_than_the_grace() {
    let mut world = World::new(pod());
    world.pace.termination = std::time::Duration::from_mins(1);
    world.play(12);
    world.delete(30);
    assert_eq!(world.play(12), ["Failed Error(137) x0", "removed"]);
    assert_eq!(world.since_deletion(), std::time::Duration::from_secs(30));
}

#[test]
fn a_stuck_pod_outlives_its_grace_until_the_failure_ends() {
    let mut world = World::new(pod());
    world.fail(Some("stuck-terminating"));
    world.play(12);
    world.delete(30);
    assert!(world.play(12).is_empty());
    world.fail(None);
    assert_eq!(world.play(12), ["Succeeded Completed(0) x0", "removed"]);
}

#[test]
fn a_pod_that_a_finalizer_holds_is_not_deleted_again_and_again() {
    let mut world = World::new(pod());
    world.finalizer = true;
    world.play(12);
    world.delete(30);
    assert_eq!(world.play(12), ["Succeeded Completed(0) x0", "removed"]);
    assert!(world.play(12).is_empty());
}

#[test]
fn a_long_run_is_forgiven() {
    let mut world = World::new(pod());
    world.fail(Some("crash-loop"));
    world.play(20);
    world.fail(None);
    world.play(12);
    world.pass(world.pace.forgiving_run());
    world.fail(Some("crash-loop"));
    let seen = world.play(3);
    assert!(seen[0].contains("CrashLoopBackOff") || seen[0].contains("Error(1)"), "{seen:?}");
    assert_eq!(world.waits_before_running.last(), Some(&world.pace.restart), "{seen:?}");
}
