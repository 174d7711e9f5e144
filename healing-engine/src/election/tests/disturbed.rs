//! Renewals that fail in every way and for every time: the leader stops in time, and nobody follows too early

use std::cell::Cell;
use std::rc::Rc;

use super::world::{Call, Fate, World};
use crate::election::Loss;

const FATES: &[Fate] = &[
    Fate::Lost,
    Fate::AnswerLost,
    Fate::Late(6_000),
    Fate::Late(13_000),
    Fate::Late(19_000),
    Fate::Refused,
    Fate::AppliedWithError,
    Fate::Error,
    Fate::Conflict,
];

/// What it is that fails
#[derive(Clone, Copy, Debug)]
enum What {
    Writes,
    Everything,
}

#[test]
fn renewals_that_fail_never_make_two_leaders() {
    for fate in FATES {
        for what in [What::Writes, What::Everything] {
            for secs in 0..=20 {
                let mut world = World::with_leader(2, secs);
                let (from, to) = (world.now, world.now + secs * 1000);
                world.fault = Box::new(move |call: Call| {
                    let meant = call.is_write || matches!(what, What::Everything);
                    let fails = call.node == 0 && meant && call.at >= from && call.at < to;
                    if fails { *fate } else { Fate::Pass }
                });
                world.run(60_000);
                let case = format!("{fate:?} of {what:?} for {secs} s");
                assert_eq!(world.overlap, 0, "{case}");
                assert!(world.leader().is_some() && world.without == 0, "one leads in the end: {case}");
                let stopped = world.nodes[0].lost.clone();
                if let Some((at, _)) = stopped {
                    // up to a pause and a bit until the first attempt fails, then the renew deadline
                    assert!(at <= from + 12_500, "{case}: stopped after {} ms", at - from);
                    let followed = world.nodes[1].led_since.unwrap();
                    assert!(followed >= at, "{case}: followed before the leader had stopped");
                } else {
                    assert_eq!(world.terms.len(), 1, "{case}");
                }
            }
        }
    }
}

#[test]
fn a_leader_that_cannot_renew_stops_by_twelve_seconds_and_is_followed_from_fifteen() {
    let mut world = World::with_leader(2, 1);
    let last = Rc::new(Cell::new(0));
    let renewed = Rc::clone(&last);
    let cut = world.now + 10_000;
    world.fault = Box::new(move |call| {
        if call.node != 0 {
            return Fate::Pass;
        }
        if call.at >= cut {
            return Fate::Lost;
        }
        renewed.set(call.at);
        Fate::Pass
    });
    world.run(10_000);
    let took = world.until_leads_other_than(0);
    let (stopped, loss) = world.nodes[0].lost.clone().unwrap();
    assert_eq!(loss, Loss::NotRenewed);
    let (last, followed) = (last.get(), cut + took);
    assert!(stopped - last >= 10_000 && stopped - last <= 12_500, "stopped {} ms after", stopped - last);
    assert!(followed - last >= 15_000 && followed - last <= 17_500, "followed {} ms after", followed - last);
    assert_eq!(world.overlap, 0);
    assert_eq!(world.terms, [(0, 1), (1, 2)]);
    let last_write = world.writes.iter().filter(|(_, node, _)| *node == 0).map(|(at, ..)| *at).max().unwrap();
    assert!(last_write <= last + 5_000, "a write that may take 5 s is sent at the latest 5 s before the end");
    assert!(world.refused > 0, "the token refuses what comes later");
}

#[test]
fn a_short_disturbance_changes_no_leader() {
    for fate in FATES {
        let mut world = World::with_leader(3, 5);
        let (from, to) = (world.now, world.now + 4_000);
        world.fault = Box::new(move |call| if call.at >= from && call.at < to { *fate } else { Fate::Pass });
        world.run(40_000);
        assert_eq!(world.terms, [(0, 1)], "{fate:?}");
        assert_eq!(world.overlap, 0, "{fate:?}");
    }
}

#[test]
fn chance_finds_no_two_leaders() {
    let mut without_leader = 0;
    for seed in 0..100 {
        let mut world = World::new(3, seed);
        let mut state = seed;
        let mut draw = move |sides: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % sides
        };
        // each clock within what a ratio of 1.5 allows
        for node in &mut world.nodes {
            node.rate = 1.0 + f64::from(u32::try_from(draw(45)).unwrap()) / 100.0;
        }
        let mut faults = draw;
        let often = faults(6) + 1;
        world.fault = Box::new(move |_| match faults(10) {
            chance if chance < often => FATES[usize::try_from(faults(9)).unwrap()],
            _ => Fate::Pass,
        });
        for _ in 0..30 {
            world.run(6_000);
            let node = usize::try_from(draw(3)).unwrap();
            match draw(9) {
                0 => world.nodes[node].paused_until = world.now + draw(60_000),
                1 => world.server.object = None,
                2 => world.server.edit(|spec| spec["holderIdentity"] = "".into()),
                3 => world.server.edit(|spec| spec["holderIdentity"] = "pod-1_x".into()),
                4 => world.server.edit(|spec| spec["preferredHolder"] = "pod-2_x".into()),
                5 => {
                    world.kill(node);
                    let fresh = world.join(seed + 100);
                    world.nodes.swap(node, fresh);
                }
                _ => {}
            }
            if world.nodes.iter().all(|node| node.lost.is_some() || !node.alive) {
                world.join(seed + 200);
            }
        }
        assert_eq!(world.overlap, 0, "seed {seed}");
        without_leader += u32::from(world.terms.is_empty());
    }
    assert!(without_leader < 10, "most histories have a leader: {without_leader}");
}
