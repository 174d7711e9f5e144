//! Verdicts of the user's own on pods that are Ready

use super::{check, condition, refused};
use crate::{
    Tally, decide,
    fixture::{ago, show, start, world},
    is_cluster_storm, remember,
};

#[test]
fn a_pod_that_is_judged_unhealthy_is_evicted_like_any_that_serves() {
    check("replicas=3 | a,b ready | c ready said=stale", "heal c Custom Replace 1 evicted | again in 30s");
    let plan = world("replicas=3 | a,b ready | c ready said=stale").decide();
    assert_eq!(
        plan.events[..].iter().map(|event| event.note.as_str()).collect::<Vec<_>>(),
        [] as [&str; 0],
        "told when it was accepted"
    );
    assert_eq!((plan.status.healthy_replicas, plan.status.ready_replicas), (Some(2), Some(3)));
    let crate::Step::Heal(heal) = &plan.steps[0] else { panic!("{plan:?}") };
    assert_eq!(heal.event.note, "Deleted 1 unhealthy pods for recreation: c, Custom (stale), attempt 1 of 5");
    refused("replicas=3 threshold=2 | a,b ready | c ready said=stale", "c", "AboveThreshold");
    refused("replicas=3 kept=c | a,b ready | c ready said=stale", "c", "EvictionBlocked");
    refused("replicas=3 | a,b ready | c ready said=stale skip", "c", "Skipped");
    check("replicas=2 | a ready | b ready said=unknown", "");
}

/// Hazard 13: a verdict is a sample like any other
#[test]
fn one_verdict_is_none() {
    let mut world = world("replicas=2 fresh | a ready | b ready said=stale");
    refused("replicas=2 fresh | a ready | b ready said=stale", "b", "NotDue");
    // a pass in between that cannot tell begins anew
    for (secs, verdict) in [(5, "stale"), (4, "stale"), (3, "unknown"), (2, "stale"), (1, "stale")] {
        world.observation.pods[1].verdict =
            crate::fixture::pod("b", 1, &format!("ready said={verdict}")).verdict;
        world.observation.memory =
            remember(&world.observation.memory, &world.observation.pods, &world.policy.knobs, ago(secs));
    }
    assert_eq!(show(&decide(&world.policy, &world.observation, ago(1)), ago(1)), "again in 1s");
    world.observation.memory =
        remember(&world.observation.memory, &world.observation.pods, &world.policy.knobs, start());
    assert_eq!(show(&world.decide(), start()), "heal b Custom Replace 1 evicted | again in 30s");
}

/// Hazard 29: what fails everywhere at once is the network's fault, or the check's own
#[test]
fn verdicts_that_fail_everywhere_are_a_storm() {
    let failing = "replicas=4 unhealthy=100% | a,b,c,d ready said=unreachable";
    let tally = world(failing).decide().tally.expect("a tally");
    assert_eq!(tally, Tally { unhealthy: 4, live: 4 });
    assert!(is_cluster_storm([tally, tally, tally]));
    let stormy = "replicas=4 unhealthy=100% storm | a,b,c,d ready said=unreachable";
    check(stormy, "!RemediationRestricted | again in 601s");
    assert_eq!(condition(&world(stormy).decide(), "RemediationAllowed"), "False ClusterStorm");
    // of one resource alone
    check("replicas=4 | a,b,c,d ready said=unreachable", "!RemediationRestricted | again in 601s");
}
