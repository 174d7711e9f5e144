//! Clocks, pauses, crashes, ends and partitions: how long it takes until somebody else leads

use jiff::SignedDuration;

use super::world::{Fate, World};
use crate::election::Loss;

#[test]
fn clocks_may_run_at_rates_that_differ_by_half() {
    for (leader, follower) in [(1.0, 1.0), (0.67, 1.0), (1.0, 1.5), (1.5, 1.0), (1.0, 0.67), (0.8, 1.2)] {
        let mut world = World::with_leader(2, 3);
        world.nodes[0].rate = leader;
        world.nodes[1].rate = follower;
        world.fault = Box::new(|_| Fate::Pass);
        world.run(60_000);
        assert_eq!(world.terms.len(), 1, "{leader} {follower}: a leader that renews stays");
        world.fault = Box::new(|call| if call.node == 0 { Fate::Lost } else { Fate::Pass });
        world.until_leads_other_than(0);
        world.run(10_000);
        assert_eq!(world.overlap, 0, "{leader} {follower}");
    }
}

/// What is promised ends at a ratio of lease / renew deadline; this is what lies behind it
#[test]
fn a_clock_at_half_the_rate_of_another_is_beyond_the_limit() {
    let mut world = World::with_leader(2, 3);
    world.nodes[0].rate = 0.5;
    world.run(5_000);
    world.fault = Box::new(|call| if call.node == 0 { Fate::Lost } else { Fate::Pass });
    world.run(40_000);
    assert!(world.overlap > 0);
}

#[test]
fn what_the_wall_clock_shows_changes_nothing() {
    for hours in [1, -1] {
        let mut world = World::with_leader(3, 4);
        world.nodes[0].wall_offset = SignedDuration::from_hours(hours);
        world.run(10_000);
        world.nodes[1].wall_offset = SignedDuration::from_hours(-hours);
        world.run(60_000);
        assert_eq!(world.terms, [(0, 1)]);
        world.kill(0);
        let took = world.until_leads_other_than(0);
        assert!((12_000..=17_500).contains(&took), "{took}");
        assert_eq!(world.overlap, 0);
    }
}

#[test]
fn a_leader_that_sleeps_for_a_minute_writes_nothing_when_it_wakes() {
    // at every moment of a period, so also between an answer and the next request
    for offset in (0..2_600).step_by(150) {
        let mut world = World::with_leader(2, 6);
        world.run(offset + 50);
        world.nodes[0].paused_until = world.now + 60_000;
        let slept = world.now;
        world.until_leads_other_than(0);
        world.run(120_000);
        let writes = world.writes.iter().filter(|(at, node, _)| *node == 0 && *at > slept);
        assert_eq!(writes.count(), 0, "{offset}");
        assert_eq!(world.nodes[0].lost.as_ref().map(|(_, loss)| loss.clone()), {
            Some(Loss::Taken { by: world.server.holder() })
        });
        assert_eq!(world.overlap, 0, "{offset}");
        assert_eq!(world.terms, [(0, 1), (1, 2)]);
    }
}

#[test]
fn after_a_crash_somebody_leads_within_a_lease_and_a_pause() {
    for offset in (0..2_600).step_by(150) {
        let mut world = World::with_leader(3, offset);
        world.run(offset + 50);
        world.kill(0);
        let took = world.until_leads_other_than(0);
        assert!((12_400..=17_500).contains(&took), "{took}");
        world.run(30_000);
        assert_eq!((world.overlap, world.terms.len()), (0, 2));
    }
}

#[test]
fn after_a_release_somebody_leads_within_a_pause() {
    for offset in (0..2_600).step_by(150) {
        let mut world = World::with_leader(3, offset);
        world.run(offset + 50);
        let own = world.nodes[0].clock(world.now);
        world.nodes[0].candidate.release(own);
        let took = world.until_leads_other_than(0);
        assert!(took <= 2_500, "{took}");
        world.run(30_000);
        assert!(!world.nodes[0].alive, "it has come to rest");
        assert_eq!((world.overlap, world.terms.len(), world.without), (0, 2, 0));
    }
}

#[test]
fn a_release_that_is_disturbed_is_tried_again_and_not_for_ever() {
    for fate in
        [Fate::Lost, Fate::AnswerLost, Fate::Conflict, Fate::Error, Fate::AppliedWithError, Fate::Refused]
    {
        for failures in [1, 100] {
            let mut world = World::with_leader(2, 8);
            let own = world.nodes[0].clock(world.now);
            world.nodes[0].candidate.release(own);
            let mut left = failures;
            world.fault = Box::new(move |call| {
                if call.node != 0 || left == 0 {
                    return Fate::Pass;
                }
                left -= 1;
                fate
            });
            let took = world.until_leads_other_than(0);
            assert!(took <= 17_500, "{fate:?} {failures}: {took}");
            world.run(30_000);
            assert!(!world.nodes[0].alive, "{fate:?} {failures}");
            assert_eq!(world.overlap, 0, "{fate:?} {failures}");
        }
    }
}

#[test]
fn a_partition_of_the_leader_stops_it_and_one_of_the_others_changes_nothing() {
    let mut world = World::with_leader(3, 9);
    world.fault = Box::new(|call| if call.node == 0 { Fate::Lost } else { Fate::Pass });
    world.until_leads_other_than(0);
    assert!(world.nodes[0].lost.is_some(), "it stopped itself");
    world.run(30_000);
    let leader = world.leader().unwrap();
    world.fault = Box::new(move |call| if call.node == leader { Fate::Pass } else { Fate::Lost });
    world.run(60_000);
    assert_eq!(world.leader(), Some(leader));
    assert_eq!((world.overlap, world.terms.len()), (0, 2));
}

#[test]
fn a_loop_that_is_stuck_is_told_from_outside() {
    let mut world = World::with_leader(2, 10);
    world.nodes[0].stuck = true;
    world.run(14_000);
    let overdue = |world: &World| world.nodes[0].candidate.is_overdue(world.nodes[0].clock(world.now));
    assert!(!overdue(&world));
    world.until_leads_other_than(0);
    world.run(1_000);
    assert!(overdue(&world), "it still thinks that it leads");
    assert!(!world.nodes[1].candidate.is_overdue(world.nodes[1].clock(world.now)));
    assert_eq!(world.overlap, 0, "and may not write all the same");
}
