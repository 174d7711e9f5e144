//! Storms: what many unhealthy pods at once delay, and that they only delay it

use super::{check, cluster::Cluster, kubelet::Fate, refused};
use crate::{Condition, Step, fixture::world};

#[test]
fn the_gate_pauses_heals_above_the_limit() {
    let two = "a ready | b unready=400 | c unready=420";
    for (limit, reason) in
        [("", "TooManyUnhealthy"), ("unhealthy=1", "TooManyUnhealthy"), ("unhealthy=50%", "TooManyUnhealthy")]
    {
        refused(&format!("replicas=3 {limit} | {two}"), "c", reason);
    }
    // with a threshold the limit is off unless it is declared
    check(&format!("replicas=3 threshold=3 | {two}"), "heal c Unready Replace 1 | again in 30s");
    refused(&format!("replicas=3 threshold=3 unhealthy=40% | {two}"), "c", "TooManyUnhealthy");
    // pods that no new pod would help are not counted
    check(
        "replicas=3 | a ready | b waiting=ErrImagePull | c unready=420",
        "heal c Unready Replace 1 | !PodHeld | again in 30s",
    );
}

#[test]
fn a_storm_across_resources_pauses_those_that_it_hits() {
    refused("replicas=3 storm | a ready | b ready | c unready=420", "c", "ClusterStorm");
    refused("replicas=3 storm threshold=3 | a ready | b ready | c unready=420", "c", "ClusterStorm");
    let world = world("replicas=2 storm | a ready | b ready");
    let plan = world.decide();
    assert_eq!(plan.status.healing, None, "a resource whose pods are well takes no note of it");
    let allowed = Condition::find(&plan.status.conditions, "RemediationAllowed").expect("the condition");
    assert_eq!(allowed.reason, "Allowed");
}

/// Hazard 14: a percentage of one replica is neither never nor always
#[test]
fn a_single_replica_is_healed_whatever_the_percentage() {
    for percent in ["1%", "40%", "99%"] {
        let mut cluster = Cluster::new(&format!("replicas=1 unhealthy={percent}"));
        cluster.run(60);
        let pods = cluster.pods();
        cluster.doom(&pods[0], Fate::CrashLoop);
        cluster.run(1800);
        assert_eq!(cluster.count("heal"), 1, "{percent}: {:#?}", cluster.log);
        assert_eq!(cluster.count("!RemediationRestricted"), 0, "{percent}: {:#?}", cluster.log);
        assert_eq!(cluster.status().healthy_replicas, Some(1));
    }
}

/// Hazard 11: the more is broken, the less is deleted; and a storm delays, it does not forbid
#[test]
fn a_storm_delays_heals_which_then_go_one_at_a_time() {
    let mut cluster = Cluster::new("replicas=5 in-flight=5 pause=1800");
    cluster.run(700);
    for pod in cluster.pods() {
        cluster.doom(&pod, Fate::NeverReady);
    }
    cluster.run_until(|cluster| cluster.count("!RemediationRestricted") > 0);
    let begun = cluster.elapsed_secs();
    assert_eq!(cluster.condition("RemediationAllowed"), "False TooManyUnhealthy");
    assert!(cluster.healing().storm_since.is_some());
    cluster.run(1790);
    assert_eq!(cluster.count("heal"), 0, "{:#?}", cluster.log);
    cluster.run_until(|cluster| cluster.count("heal") > 0);
    assert!((1800..=1810).contains(&(cluster.elapsed_secs() - begun)), "{:#?}", cluster.log);
    assert_eq!(cluster.healing().intents.len(), 1, "one at a time, whatever max_in_flight is");
    cluster.run_until(|cluster| cluster.count("!RemediationResumed") > 0);
    assert!(cluster.healing().storm_since.is_some(), "remembered, so that the next one is the same");
    cluster.run(3 * 3600);
    assert_eq!(
        (cluster.count("heal "), cluster.status().healthy_replicas),
        (5, Some(5)),
        "{:#?}",
        cluster.log
    );
    assert_eq!(cluster.count("!RemediationRestricted"), 1, "{:#?}", cluster.log);
    assert_eq!(cluster.count("!RemediationResumed"), 1, "{:#?}", cluster.log);
    assert_eq!(cluster.condition("RemediationAllowed"), "True Allowed");
    assert_eq!((cluster.healing().storm_since, cluster.healing().storm_over_at), (None, None));
}

#[test]
fn a_storm_that_comes_back_within_the_pause_is_the_same() {
    let mut cluster = Cluster::new("replicas=5 pause=600");
    cluster.run(700);
    let pods = cluster.pods();
    let storm = |cluster: &mut Cluster, fate| pods.iter().take(3).for_each(|pod| cluster.doom(pod, fate));
    storm(&mut cluster, Fate::NeverReady);
    cluster.run(100);
    let since = cluster.healing().storm_since;
    storm(&mut cluster, Fate::Well);
    cluster.run(100);
    assert!(cluster.healing().storm_over_at.is_some());
    storm(&mut cluster, Fate::NeverReady);
    cluster.run(100);
    assert_eq!((cluster.healing().storm_since, cluster.healing().storm_over_at), (since, None));
    storm(&mut cluster, Fate::Well);
    cluster.run(700);
    assert_eq!(cluster.healing().storm_since, None, "forgotten once it has stayed away for the pause");
    storm(&mut cluster, Fate::NeverReady);
    cluster.run(100);
    assert!(cluster.healing().storm_since > since, "another one");
    assert_eq!(cluster.count("heal"), 0, "{:#?}", cluster.log);
}

#[test]
fn a_trial_that_fails_in_a_storm_opens_the_breaker() {
    let mut cluster = Cluster::new("replicas=5 pause=600");
    cluster.run(700);
    cluster.fate = Box::new(|_| Fate::NeverReady);
    for pod in cluster.pods().into_iter().take(4) {
        cluster.doom(&pod, Fate::NeverReady);
    }
    cluster.run_until(|cluster| cluster.count("!BreakerOpened") > 0);
    assert_eq!(cluster.count("heal"), 1, "{:#?}", cluster.log);
    cluster.run(800);
    assert_eq!(cluster.count("heal"), 1, "rare trials from here: {:#?}", cluster.log);
    cluster.fate = Box::new(|_| Fate::Well);
    cluster.run(8 * 3600);
    assert_eq!(cluster.status().healthy_replicas, Some(5), "never \"never heals\": {:#?}", cluster.log);
}

/// Missing pods are created in a storm as always
#[test]
fn a_storm_stops_no_create() {
    let world = world("replicas=4 storm | a unready=420 | b unready=420 | c unready=420");
    assert!(world.decide().steps.iter().any(|step| matches!(step, Step::Create(_))));
}
