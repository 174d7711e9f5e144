//! Stories: what happens over minutes and hours, played forward in virtual time

use super::{cluster::Cluster, kubelet::Fate};

/// Converged, and nothing more to do or to say, for a fresh process too
pub(super) fn ends_quiet(cluster: &mut Cluster) {
    let status = cluster.status().clone();
    for pass in 0..10 {
        cluster.now += jiff::SignedDuration::from_secs(60);
        if pass == 5 {
            cluster.restart();
        }
        let plan = cluster.pass();
        assert_eq!(plan.status, status, "L2: pass {pass}");
        assert_eq!((plan.steps.len(), plan.events.len()), (0, 0), "L2: pass {pass}: {plan:?}");
        assert_eq!(plan.next, None, "L2: nothing is waited for");
    }
}

#[test]
fn a_new_resource_becomes_ready_and_quiet() {
    let mut cluster = Cluster::new("replicas=5 threshold=3");
    cluster.run(60);
    assert_eq!(cluster.status().healthy_replicas, Some(5));
    assert_eq!(cluster.condition("Ready"), "True Healthy");
    assert_eq!(cluster.condition("Progressing"), "False Complete");
    assert_eq!(cluster.count("create"), 5, "{:#?}", cluster.log);
    assert_eq!(cluster.count("!ScaledUp"), 1, "{:#?}", cluster.log);
    ends_quiet(&mut cluster);
}

#[test]
fn the_worked_example() {
    let mut cluster = Cluster::new("replicas=5 threshold=3");
    cluster.run(60);
    let pods = cluster.pods();
    for pod in &pods[..3] {
        cluster.doom(pod, Fate::CrashLoop);
    }
    cluster.run(1800);
    assert_eq!(cluster.count("heal"), 3, "{:#?}", cluster.log);
    assert_eq!(cluster.count("!Healed"), 3, "{:#?}", cluster.log);
    assert_eq!(cluster.count("create"), 8, "{:#?}", cluster.log);
    assert!(pods[3..].iter().all(|pod| cluster.pods().contains(pod)), "healthy pods were never touched");
    assert_eq!(cluster.status().healthy_replicas, Some(5));
    assert_eq!(cluster.condition("Healing"), "False Idle");
    assert_eq!(cluster.healing().episode_since, None);
    cluster.run(2 * 3600);
    ends_quiet(&mut cluster);
}

#[test]
fn crash_loops_without_a_readiness_probe_are_all_healed() {
    let mut cluster = Cluster::new("replicas=5 threshold=3");
    cluster.run(700);
    let pods = cluster.pods();
    for pod in &pods[..3] {
        cluster.doom(pod, Fate::Flapping);
    }
    cluster.run_until(|cluster| cluster.count("!Healed") > 0);
    cluster.restart();
    cluster.run(3600);
    assert_eq!(cluster.count("heal"), 3, "{:#?}", cluster.log);
    assert_eq!(cluster.status().healthy_replicas, Some(5));
}

#[test]
fn blips_above_the_threshold_are_left_alone() {
    let mut cluster = Cluster::new("replicas=5 threshold=3");
    cluster.run(60);
    let pods = cluster.pods();
    cluster.doom(&pods[0], Fate::CrashLoop);
    cluster.run(3600);
    assert_eq!(cluster.count("heal"), 0, "{:#?}", cluster.log);
    assert_eq!(cluster.condition("Ready"), "True Healthy");
}

#[test]
fn a_slot_that_keeps_failing_opens_the_breaker_and_a_new_spec_closes_it() {
    let mut cluster = Cluster::new("replicas=3 threshold=3 failures=3");
    cluster.run(60);
    cluster.fate = Box::new(|_| Fate::CrashLoop);
    let pods = cluster.pods();
    cluster.doom(&pods[0], Fate::CrashLoop);
    while cluster.count("!BreakerOpened") == 0 {
        cluster.run(60);
        assert!(cluster.elapsed_secs() < 4 * 3600, "{:#?}", cluster.log);
    }
    assert_eq!((cluster.count("heal"), cluster.count("!HealFailed")), (3, 3), "{:#?}", cluster.log);
    assert_eq!(cluster.condition("Degraded"), "True RetryBudgetExhausted");
    assert_eq!(cluster.condition("RemediationAllowed"), "False RetryBudgetExhausted");
    let before = cluster.count("heal");
    cluster.run(800);
    assert_eq!(cluster.count("heal"), before, "no trial yet: {:#?}", cluster.log);
    cluster.run(4 * 3600);
    let trials = cluster.count("heal") - before;
    assert!((4..=16).contains(&trials), "{trials} trials: {:#?}", cluster.log);
    assert_eq!(cluster.count("!BreakerOpened"), 1, "{:#?}", cluster.log);

    cluster.fate = Box::new(|_| Fate::Well);
    cluster.world.observation.resource.spec_hash = "changed".to_owned();
    cluster.new_generation();
    cluster.run(600);
    assert_eq!(cluster.count("!BreakerClosed"), 1, "{:#?}", cluster.log);
    assert_eq!(cluster.status().healthy_replicas, Some(3), "{:#?}", cluster.log);
    assert_eq!(cluster.condition("Degraded"), "False AsExpected");
    cluster.run(2 * 3600);
    ends_quiet(&mut cluster);
}

#[test]
fn another_number_of_replicas_closes_no_breaker_but_zero_does() {
    let mut cluster = Cluster::new("replicas=3 threshold=3 failures=2");
    cluster.run(60);
    cluster.fate = Box::new(|_| Fate::CrashLoop);
    let pods = cluster.pods();
    cluster.doom(&pods[0], Fate::CrashLoop);
    cluster.run_until(|cluster| cluster.count("!BreakerOpened") == 1);
    cluster.fate = Box::new(|_| Fate::Well);
    let heals = cluster.count("heal");
    // the pod that is added is well, the failing one is not the first to leave
    cluster.world.policy.replicas = 4;
    cluster.new_generation();
    cluster.run(300);
    assert_eq!((cluster.count("!BreakerClosed"), cluster.count("heal")), (0, heals), "{:#?}", cluster.log);
    assert_eq!(cluster.condition("Degraded"), "True RetryBudgetExhausted");
    cluster.world.policy.replicas = 0;
    cluster.new_generation();
    cluster.run(60);
    assert_eq!(cluster.count("!BreakerClosed"), 1, "{:#?}", cluster.log);
    assert_eq!(cluster.condition("Degraded"), "False AsExpected");
    cluster.world.policy.replicas = 3;
    cluster.new_generation();
    cluster.run(60);
    assert_eq!(cluster.status().healthy_replicas, Some(3), "{:#?}", cluster.log);
    assert_eq!(cluster.status().healing, None, "nothing is remembered");
    ends_quiet(&mut cluster);
}

/// A resource of two pods with an open heal: the slot that is healed
fn with_an_open_heal() -> (Cluster, u32) {
    let mut cluster = Cluster::new("replicas=2 threshold=2");
    cluster.run(60);
    let pods = cluster.pods();
    cluster.doom(&pods[0], Fate::NeverReady);
    cluster.run_until(|cluster| cluster.count("heal") == 1);
    let slot = cluster.healing().intents[0].slot;
    (cluster, slot)
}

#[test]
fn a_healed_slot_that_is_scaled_away_has_neither_failed_nor_helped() {
    let (mut cluster, _) = with_an_open_heal();
    cluster.world.policy.replicas = 0;
    cluster.new_generation();
    cluster.run(60);
    assert_eq!((cluster.count("!Healed"), cluster.count("!HealFailed")), (0, 0), "{:#?}", cluster.log);
    assert_eq!(cluster.status().healing, None);
    ends_quiet(&mut cluster);
}

#[test]
fn a_replacement_that_somebody_deletes_is_made_again_at_no_charge() {
    let (mut cluster, slot) = with_an_open_heal();
    let attempt = format!("create {slot} attempt 1");
    cluster.run_until(|cluster| cluster.count(&attempt) == 1);
    let created = cluster.pod_of_slot(slot);
    cluster.kill(&created);
    cluster.run(120);
    assert_eq!(cluster.count(&attempt), 2, "{:#?}", cluster.log);
    assert_eq!((cluster.count("!Healed"), cluster.count("!HealFailed")), (1, 0), "{:#?}", cluster.log);
    assert_eq!(cluster.status().healthy_replicas, Some(2));
}

#[test]
fn a_pod_that_somebody_deletes_is_no_heal() {
    let mut cluster = Cluster::new("replicas=2 threshold=2");
    cluster.run(60);
    let pods = cluster.pods();
    cluster.doom(&pods[0], Fate::NeverReady);
    cluster.run(100);
    cluster.kill(&pods[0]);
    cluster.run(120);
    assert_eq!((cluster.count("heal"), cluster.count("attempt 1")), (0, 0), "{:#?}", cluster.log);
    assert_eq!(cluster.status().healthy_replicas, Some(2));
    ends_quiet(&mut cluster);
}

#[test]
fn a_trial_that_helps_closes_the_breaker() {
    let mut cluster = Cluster::new("replicas=3 threshold=3 failures=2");
    cluster.run(60);
    cluster.fate = Box::new(|_| Fate::CrashLoop);
    let pods = cluster.pods();
    cluster.doom(&pods[0], Fate::CrashLoop);
    cluster.run(1800);
    assert_eq!(cluster.count("!BreakerOpened"), 1, "{:#?}", cluster.log);
    cluster.fate = Box::new(|_| Fate::Well);
    cluster.run(3600);
    assert_eq!(cluster.count("!BreakerClosed"), 1, "{:#?}", cluster.log);
    assert_eq!(cluster.condition("Ready"), "True Healthy");
    cluster.run(2 * 3600);
    ends_quiet(&mut cluster);
}

#[test]
fn all_pods_failing_alike_are_healed_once() {
    let mut cluster = Cluster::new("replicas=4 threshold=2");
    cluster.fate = Box::new(|_| Fate::CrashLoop);
    cluster.run(1200);
    assert_eq!(cluster.count("heal"), 1, "{:#?}", cluster.log);
    assert_eq!(cluster.condition("RemediationAllowed"), "False SameCause");
}

#[test]
fn a_replacement_without_an_image_stops_healing() {
    let mut cluster = Cluster::new("replicas=3 threshold=3");
    cluster.run(60);
    cluster.fate = Box::new(|_| Fate::NoImage);
    let pods = cluster.pods();
    cluster.doom(&pods[0], Fate::NeverReady);
    cluster.doom(&pods[1], Fate::NeverReady);
    cluster.run(1200);
    assert_eq!(cluster.count("heal"), 1, "{:#?}", cluster.log);
    assert_eq!(cluster.condition("RemediationAllowed"), "False RetryBudgetExhausted");
}

#[test]
fn pods_without_an_image_are_never_deleted() {
    let mut cluster = Cluster::new("replicas=3 threshold=3");
    cluster.fate = Box::new(|_| Fate::NoImage);
    cluster.run(4 * 3600);
    assert_eq!((cluster.count("heal"), cluster.count("delete")), (0, 0), "{:#?}", cluster.log);
    assert_eq!(cluster.count("!PodHeld"), 1, "{:#?}", cluster.log);
    // what stands still for too long says so, and why
    assert_eq!(cluster.count("!ProgressDeadlineExceeded"), 1, "{:#?}", cluster.log);
    assert_eq!(cluster.condition("Degraded"), "True ProgressDeadlineExceeded");
    let degraded = crate::Condition::find(&cluster.status().conditions, "Degraded").expect("the condition");
    assert!(degraded.message.contains("ImageError"), "{}", degraded.message);
    ends_quiet(&mut cluster);
}

#[test]
fn a_node_that_refuses_pods_is_not_flooded() {
    let mut cluster = Cluster::new("replicas=1");
    cluster.fate = Box::new(|_| Fate::Rejected);
    cluster.run(3600);
    let creates = cluster.count("create");
    assert!((10..=20).contains(&creates), "{creates} creates in an hour: {:#?}", cluster.log);
    assert!(cluster.pods().len() <= 5, "{:?}", cluster.pods());
}

#[test]
fn a_replacement_that_is_refused_at_once_counts_whatever_the_clocks_say() {
    for skew_secs in [-5, 0, 5, 30] {
        let mut cluster = Cluster::new("replicas=2 threshold=2");
        cluster.skew_secs = skew_secs;
        cluster.run(60);
        cluster.fate = Box::new(|_| Fate::Rejected);
        let pods = cluster.pods();
        cluster.doom(&pods[0], Fate::NeverReady);
        cluster.run_until(|cluster| cluster.count("heal") == 1);
        cluster.run(600);
        assert_eq!(cluster.count("!HealFailed"), 1, "{skew_secs}: {:#?}", cluster.log);
        assert!(cluster.count("create") <= 2 + 7, "{skew_secs}: {:#?}", cluster.log);
    }
}

#[test]
fn up_and_down_once_each() {
    let mut cluster = Cluster::new("replicas=5 threshold=1");
    cluster.run(60);
    for (replicas, created, deleted) in [(8, 8, 0), (3, 8, 5), (0, 8, 8)] {
        cluster.world.policy.replicas = replicas;
        cluster.new_generation();
        cluster.run(120);
        assert_eq!(cluster.status().replicas, i32::try_from(replicas).ok());
        assert_eq!(
            (cluster.count("create"), cluster.count("delete")),
            (created, deleted),
            "{:#?}",
            cluster.log
        );
    }
    assert_eq!((cluster.count("!ScaledUp"), cluster.count("!ScaledDown")), (2, 2), "{:#?}", cluster.log);
    assert_eq!(cluster.condition("Ready"), "True ScaledToZero");
    ends_quiet(&mut cluster);
}

/// One pod of two is doomed and healed, with a process that dies at one point of the heal
fn heals_with_a_crash(fate: Fate, age_secs: i64, point: &str) {
    let mut cluster = Cluster::new("replicas=2 threshold=2");
    cluster.run(age_secs);
    let pods = cluster.pods();
    cluster.doom(&pods[0], fate);
    cluster.crash_before_heal = point == "intent";
    cluster.grace_secs = if point == "gone" { 0 } else { 30 };
    let creates = cluster.count("create");
    cluster.run_until(|cluster| match point {
        "intent" => !cluster.crash_before_heal,
        // with the next process, the pod is still terminating, or gone without a replacement
        "delete" | "gone" => cluster.count("heal") == 1,
        _ => cluster.count("create") > creates,
    });
    let announced = cluster.healing().intents;
    cluster.restart();
    cluster.run(1200);
    let case = format!("{fate:?} of pods {age_secs} s old, crash after {point}: {:#?}", cluster.log);
    assert_eq!(announced.len(), 1, "{case}");
    assert_eq!((cluster.count("heal"), cluster.count("!Healed")), (1, 1), "{case}");
    assert_eq!((cluster.count("create"), cluster.count("attempt 1")), (creates + 1, 1), "{case}");
    assert_eq!(cluster.count("!HealFailed"), 0, "{case}");
    assert_eq!(cluster.status().healthy_replicas, Some(2), "{case}");
    if fate == Fate::NeverReady {
        assert_eq!(cluster.status().last_heal_time, Some(announced[0].time), "announced once: {case}");
    }
}

#[test]
fn a_crash_at_any_point_of_a_heal_changes_nothing() {
    for fate in [Fate::NeverReady, Fate::CrashLoop, Fate::Flapping] {
        for age_secs in [60, 700] {
            for point in ["intent", "delete", "gone", "create"] {
                heals_with_a_crash(fate, age_secs, point);
            }
        }
    }
}

#[test]
fn a_deleted_resource_ends_without_pods_and_finalizer() {
    let mut cluster = Cluster::new("replicas=3");
    cluster.run(60);
    cluster.world.observation.resource.deletion = Some(cluster.now);
    cluster.grace_secs = 90;
    cluster.run(60);
    assert!(cluster.world.observation.resource.finalizer_present, "pods are still there");
    cluster.run(120);
    assert!(!cluster.world.observation.resource.finalizer_present);
    assert_eq!(cluster.pods().len(), 0);
    assert_eq!(cluster.count("!CleanupComplete"), 1, "{:#?}", cluster.log);
}
