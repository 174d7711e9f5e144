//! What a person asks for by annotations, in tables and in virtual time

use super::{check, cluster::Cluster, condition, kubelet::Fate, refused, story::ends_quiet};
use crate::fixture::{show, start, world};

const NOW: &str = "healing.dev/remediate-now";
const SKIP: &str = "healing.dev/skip-remediation";

#[test]
fn a_pod_that_is_to_be_replaced_now_waits_for_nothing_that_is_about_its_health() {
    // healthy, starting, not due, above the threshold
    check("replicas=3 | a,b ready | c ready now", "heal c Requested Replace 1 evicted | again in 30s");
    check("replicas=1 | a starting now", "heal a Requested Replace 1 | again in 30s");
    check("replicas=2 | a ready | b unready=10 now", "heal b Unready Replace 1 | again in 30s");
    check(
        "replicas=3 threshold=1 | a,b ready | c unready=400 now",
        "heal c Unready Replace 1 | again in 30s",
    );
    // the storm goes on, and one of its pods is replaced
    check(
        "replicas=5 | a,b ready | c,d unready=400 | e unready=300 now",
        "heal e Unready Replace 1 | !RemediationRestricted | again in 1s",
    );
    // backoff, and attempts that are used up
    check(
        "replicas=2 | a ready | b unready=10 attempt=1 age=5 now",
        "heal b Unready ReplaceElsewhere 2 | again in 30s",
    );
    check(
        "replicas=2 failures=2 | a ready | b unready=400 attempt=2 now",
        "heal b Unready ReplaceElsewhere 3 | !BreakerOpened | again in 30s",
    );
    // of two the one that a person asked for goes first
    check(
        "replicas=5 | a,b,c ready | d unready=400 | e ready now",
        "heal e Requested Replace 1 evicted | again in 30s",
    );
}

#[test]
fn what_a_person_asks_for_waits_for_what_is_not_about_the_pod() {
    for (text, pod, gate) in [
        ("replicas=1 stale | a ready now", "a", "CacheStale"),
        ("replicas=1 paused | a ready now", "a", "Paused"),
        ("replicas=1 invalid | a ready now", "a", "InvalidSpec"),
        ("replicas=1 | a,b ready now", "b", "Scaling"),
        ("replicas=2 refused=30 | a ready now", "a", "CreateRefused"),
        ("replicas=4 surge=0 | a,b,c ready old | d ready now", "d", "RolloutInProgress"),
        ("replicas=1 | a waiting=ErrImagePull now", "a", "Hold"),
        ("replicas=1 | a ready now terminating=-20", "a", "Terminating"),
        ("replicas=2 | a ready now | b ready now", "b", "InFlight"),
        ("replicas=1 kept=a | a ready now", "a", "EvictionBlocked"),
        // who asks for both is taken at the more cautious word
        ("replicas=1 | a unready=400 now skip", "a", "Skipped"),
        ("replicas=1 skip | a unready=400 now", "a", "Skipped"),
    ] {
        refused(text, pod, gate);
    }
    check("replicas=1 | a ready now=false", "");
}

#[test]
fn what_is_skipped_is_not_healed_and_opens_no_episode() {
    check("replicas=1 | a unready=400 skip", "again in 601s");
    check("replicas=1 | a unready=400 skip=false", "heal a Unready Replace 1 | again in 30s");
    refused("replicas=3 threshold=3 | a,b ready | c unready=400 skip", "c", "Skipped");
    let plan = world("replicas=3 threshold=3 | a,b ready | c unready=400 skip").decide();
    assert_eq!(plan.status.healing.and_then(|healing| healing.episode_since), None);
    // others are healed all the same, and scale and finished pods have nothing to do with it
    check(
        "replicas=5 threshold=5 | a,b,c ready | d unready=400 skip | e unready=310",
        "heal e Unready Replace 1 | again in 30s",
    );
    check("replicas=0 | a unready=400 skip", "delete a ScaleDown | !ScaledDown | again in 5s");
    check("replicas=1 skip", "create 0 | !RemediationSkipped | !ScaledUp | again in 5s");
    let whole = world("replicas=1 skip | a unready=400").decide();
    assert_eq!(show(&whole, start()), "!RemediationSkipped | again in 601s");
    assert_eq!(condition(&whole, "RemediationAllowed"), "False Skipped");
}

#[test]
fn each_wish_is_told_of_once_and_a_pod_is_replaced_once() {
    let mut cluster = Cluster::new("replicas=3 threshold=2");
    cluster.run(60);
    let pod = cluster.pods()[0].clone();
    cluster.annotate(&pod, NOW, "");
    cluster.run(300);
    assert_eq!(cluster.count("!RemediationRequested"), 1, "{:#?}", cluster.log);
    assert_eq!((cluster.count("heal"), cluster.count("!Healed")), (1, 1), "{:#?}", cluster.log);
    assert!(!cluster.pods().contains(&pod));

    let pod = cluster.pods()[0].clone();
    cluster.annotate(&pod, SKIP, "1");
    cluster.doom(&pod, Fate::CrashLoop);
    let other = cluster.pods()[1].clone();
    cluster.doom(&other, Fate::CrashLoop);
    cluster.run(1800);
    assert_eq!(cluster.count("!RemediationSkipped"), 1, "{:#?}", cluster.log);
    assert!(cluster.pods().contains(&pod) && !cluster.pods().contains(&other), "{:#?}", cluster.log);
    cluster.restart();
    cluster.run(1800);
    assert_eq!(cluster.count("!RemediationSkipped"), 1, "a fresh process has nothing new to tell");
    cluster.annotate(&pod, SKIP, "false");
    cluster.run(1800);
    assert!(cluster.pods().contains(&pod), "above the threshold: {:#?}", cluster.log);
    cluster.run(2 * 3600);
}

/// Hazard 18: a heal of a pod that serves asks its budget, and waits without being charged
#[test]
fn a_heal_of_a_ready_pod_waits_for_its_budget() {
    let mut cluster = Cluster::new("replicas=3");
    cluster.run(60);
    cluster.budget_spent = true;
    let pod = cluster.pods()[0].clone();
    cluster.annotate(&pod, NOW, "");
    cluster.run(1800);
    assert!(cluster.pods().contains(&pod));
    // each five minutes, announced and withdrawn
    assert!((5..=7).contains(&cluster.count("refused")), "{:#?}", cluster.log);
    assert!(cluster.healing().intents.is_empty(), "withdrawn");
    assert_eq!(cluster.count("!HealFailed"), 0);
    cluster.budget_spent = false;
    cluster.run(600);
    assert!(!cluster.pods().contains(&pod));
    assert_eq!(cluster.count("attempt 1"), 1, "charged once, not for each try: {:#?}", cluster.log);
    cluster.run(2 * 3600);
    ends_quiet(&mut cluster);
}

#[test]
fn a_new_value_closes_the_breakers_once() {
    let mut cluster = Cluster::new("replicas=3 threshold=3 failures=2");
    cluster.run(60);
    cluster.fate = Box::new(|_| Fate::CrashLoop);
    let pods = cluster.pods();
    cluster.doom(&pods[0], Fate::CrashLoop);
    cluster.run_until(|cluster| cluster.count("!BreakerOpened") > 0);
    let heals = cluster.count("heal");
    cluster.fate = Box::new(|_| Fate::Well);
    cluster.world.observation.resource.reset_breaker = Some("first try".to_owned());
    cluster.run(120);
    assert_eq!(
        (cluster.count("!BreakerReset"), cluster.count("!BreakerClosed")),
        (1, 1),
        "{:#?}",
        cluster.log
    );
    assert_eq!(cluster.healing().reset_token.as_deref(), Some("first try"));
    cluster.run(600);
    assert_eq!(
        (cluster.count("heal"), cluster.status().healthy_replicas),
        (heals + 1, Some(3)),
        "{:#?}",
        cluster.log
    );
    cluster.restart();
    cluster.run(2 * 3600);
    assert_eq!(cluster.count("!BreakerReset"), 1, "the same value says nothing new");
    ends_quiet(&mut cluster);
    // the annotation goes, and what is remembered of it
    cluster.world.observation.resource.reset_breaker = None;
    cluster.run(60);
    assert_eq!((cluster.healing().reset_token, cluster.count("!BreakerReset")), (None, 1));
    ends_quiet(&mut cluster);
}

#[test]
fn a_long_value_is_kept_as_its_hash() {
    let plan = world(&format!("replicas=1 reset={} | a ready", "x".repeat(2000))).decide();
    let token = plan.status.healing.and_then(|healing| healing.reset_token).expect("a token");
    assert_eq!(token.len(), 10);
    // of a resource that was never looked at nothing is closed
    assert!(plan.events.is_empty());
}
