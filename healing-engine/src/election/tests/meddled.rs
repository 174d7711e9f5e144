//! People and programs change the lease by hand: one leads again afterwards, and never two

use serde_json::{Value, json};

use super::world::{Server, World};
use crate::election::Loss;

type Change = fn(&mut Server);

fn set(server: &mut Server, field: &str, value: Value) {
    server.edit(|spec| spec[field] = value);
}

/// Name of the change, the change, whether the leader stays
const CHANGES: &[(&str, Change, bool)] = &[
    ("deleted", |server| server.object = None, true),
    ("holder cleared", |server| set(server, "holderIdentity", json!("")), true),
    ("holder taken out", |server| set(server, "holderIdentity", Value::Null), true),
    ("holder set to a stranger", |server| set(server, "holderIdentity", json!("me")), false),
    ("holder set to another candidate", |server| set(server, "holderIdentity", json!("pod-1_22")), false),
    ("renewed by hand", |server| set(server, "renewTime", json!("2020-01-01T00:00:00.000000Z")), true),
    ("counted anew", |server| set(server, "leaseTransitions", json!(0)), true),
    ("longer", |server| set(server, "leaseDurationSeconds", json!(1_000_000)), true),
    ("shorter", |server| set(server, "leaseDurationSeconds", json!(1)), true),
    ("another preferred", |server| set(server, "preferredHolder", json!("pod-1_22")), false),
    ("a stranger preferred", |server| set(server, "preferredHolder", json!("nobody")), false),
    ("strategy set", |server| set(server, "strategy", json!("OldestEmulationVersion")), true),
    ("a field that nobody knows", |server| set(server, "new", json!(1)), true),
    ("emptied", |server| server.edit(|spec| *spec = json!({})), true),
];

#[test]
fn one_leads_again_and_never_two() {
    for (what, change, leader_stays) in CHANGES {
        for offset in (0..2_600).step_by(200) {
            let mut world = World::with_leader(3, 22);
            world.run(offset + 50);
            change(&mut world.server);
            world.run(60_000);
            let case = format!("{what} at {offset}");
            assert_eq!(world.overlap, 0, "{case}");
            assert!(world.leader().is_some() && world.without == 0, "{case}");
            assert_eq!(world.terms.len(), if *leader_stays { 1 } else { 2 }, "{case}");
            assert_eq!(world.nodes[0].lost.is_some(), !leader_stays, "{case}");
        }
    }
}

#[test]
fn a_fresh_candidate_does_not_take_a_lease_that_was_deleted_under_a_leader() {
    for offset in (0..2_600).step_by(150) {
        let mut world = World::with_leader(1, 11);
        world.run(offset + 50);
        world.server.object = None;
        world.join(12);
        world.run(60_000);
        assert_eq!((world.overlap, world.terms.as_slice()), (0, [(0, 1)].as_slice()));
    }
}

#[test]
fn the_one_who_is_preferred_takes_over_and_what_a_coordinator_wrote_stays() {
    let mut world = World::with_leader(3, 22);
    world.server.edit(|spec| {
        spec["preferredHolder"] = json!("pod-2_684");
        spec["strategy"] = json!("OldestEmulationVersion");
    });
    world.until_leads_other_than(0);
    world.run(30_000);
    let spec = world.server.object.clone().unwrap()["spec"].clone();
    assert_eq!(spec["holderIdentity"], "pod-2_684");
    assert_eq!(
        (&spec["preferredHolder"], &spec["strategy"]),
        (&json!("pod-2_684"), &json!("OldestEmulationVersion"))
    );
    let lost = world.nodes[0].lost.clone().unwrap().1;
    assert_eq!(lost, Loss::NotPreferred { preferred: "pod-2_684".into() });
    assert_eq!(world.terms, [(0, 1), (2, 2)]);
}
