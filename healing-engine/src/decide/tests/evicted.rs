//! Removals through the Eviction API, and budgets that refuse them

use super::{check, cluster::Cluster, condition, story::ends_quiet};
use crate::fixture::world;

#[test]
fn ready_pods_leave_by_delete_unless_evictions_are_asked_for() {
    check("replicas=1 | a,b ready", "delete a ScaleDown | !ScaledDown | again in 5s");
    check("replicas=1 evict | a,b ready", "evict a ScaleDown | !ScaledDown | again in 5s");
    check(
        "replicas=0 evict | a ready | b unready=10",
        "delete b ScaleDown | evict a ScaleDown | !ScaledDown | again in 5s",
    );
    check("replicas=4 surge=0 evict | a,b,c,d ready old", "evict a Rollout | again in 5s");
    check("replicas=4 surge=0 evict | a,b,c ready old | d unready=10 old", "delete d Rollout | again in 5s");
    // not asked: what is deleted goes with its resource
    check("replicas=1 evict deleting | a ready", "delete a OwnerDeleted | again in 5s");
}

#[test]
fn while_a_budget_keeps_one_pod_no_other_leaves_out_of_turn() {
    let kept = "replicas=1 evict kept=a | a,b,c ready";
    check(kept, "!ScaledDown | again in 30s");
    let plan = world(kept).decide();
    assert_eq!(condition(&plan, "Progressing"), "True EvictionBlocked");
    // pods that serve nobody ask nobody
    check(
        "replicas=1 evict kept=a | a,b ready | c unready=10",
        "delete c ScaleDown | !ScaledDown | again in 5s",
    );
    // its time is over: asked again, and still said until it is accepted
    let again = "replicas=1 evict kept=a:0 | a,b ready";
    check(again, "evict a ScaleDown | !ScaledDown | again in 5s");
    assert_eq!(condition(&world(again).decide(), "Progressing"), "True EvictionBlocked");
    // that it is kept says nothing any more
    check("replicas=3 evict kept=a | a,b,c ready", "");
    check("replicas=1 kept=a | a,b ready", "delete a ScaleDown | !ScaledDown | again in 5s");
}

#[test]
fn what_a_budget_keeps_is_still_more_than_wanted() {
    check(
        "replicas=1 evict kept=a | a,b,c ready | d crash-loop restarts=6",
        "delete d ScaleDown | !ScaledDown | again in 5s",
    );
    check("replicas=1 evict kept=a | a,b ready | c failed=Evicted", "!ScaledDown | again in 30s");
}

#[test]
fn a_scale_down_waits_for_its_budget_and_says_so_once() {
    let mut cluster = Cluster::new("replicas=4 evict");
    cluster.run(60);
    cluster.budget_spent = true;
    cluster.world.policy.replicas = 2;
    cluster.new_generation();
    cluster.run(1800);
    assert_eq!(cluster.condition("Progressing"), "True EvictionBlocked", "{:#?}", cluster.log);
    assert_eq!(cluster.pods().len(), 4);
    // at first two at a time, then both each five minutes
    assert!(cluster.count("refused") <= 14, "{:#?}", cluster.log);
    cluster.budget_spent = false;
    cluster.run(400);
    assert_eq!((cluster.pods().len(), cluster.count("!ScaledDown")), (2, 1), "{:#?}", cluster.log);
    assert_eq!(cluster.count("!Progress"), 0, "{:#?}", cluster.log);
    assert_eq!(cluster.condition("Progressing"), "False Complete");
    ends_quiet(&mut cluster);
}

#[test]
fn a_rollout_waits_for_its_budget_and_loses_no_time() {
    let mut cluster = Cluster::new("replicas=4 evict auto-rollback");
    cluster.run(60);
    cluster.budget_spent = true;
    cluster.new_template("newer");
    cluster.run(2 * 3600);
    assert_eq!(cluster.condition("Progressing"), "True EvictionBlocked", "{:#?}", cluster.log);
    assert_eq!((cluster.live_of("new"), cluster.live_of("newer")), (4, 1), "{:#?}", cluster.log);
    cluster.budget_spent = false;
    cluster.run(1800);
    assert_eq!((cluster.live_of("new"), cluster.live_of("newer")), (0, 4), "{:#?}", cluster.log);
    let events = |what: &str| cluster.count(what);
    assert_eq!((events("!RolloutStarted"), events("!RolloutComplete")), (1, 1), "{:#?}", cluster.log);
    assert_eq!((events("!Progress"), events("!RolledBack")), (0, 0), "{:#?}", cluster.log);
    ends_quiet(&mut cluster);
}
