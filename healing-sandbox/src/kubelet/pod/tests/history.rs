//! Random histories: failures that come, change and go, restarts of the simulator, deletions; each from its seed

use std::time::Duration;

use fastrand::Rng;
use serde_json::{Value, json};

use super::world::{World, pod};
use crate::kubelet::failure::Failure;

const SEEDS: u64 = 400;
const TURNS: usize = 80;

#[test]
fn every_history_is_legal_and_settles() {
    for seed in 0..SEEDS {
        let mut rng = Rng::with_seed(seed);
        let mut world = World::new(random_pod(&mut rng));
        let told: Vec<String> = (0..TURNS).flat_map(|_| turn(&mut world, &mut rng)).collect();
        world.fail(None);
        world.placeable = true;
        let rest = world.play(200);
        let settled = if world.is_deleted() {
            world.gone
        } else {
            world.is_ended() || is_ready(&world) || is_crippled(&world)
        };
        assert!(settled, "seed {seed} does not settle: {told:#?} then {rest:#?}");
    }
}

#[test]
fn the_same_seed_tells_the_same_history() {
    let tell = || {
        let mut rng = Rng::with_seed(7);
        let mut world = World::new(random_pod(&mut rng));
        (0..TURNS).flat_map(|_| turn(&mut world, &mut rng)).collect::<Vec<_>>()
    };
    assert!(!tell().is_empty());
    assert_eq!(tell(), tell());
}

/// One container ended for good, the other one runs on
fn is_crippled(world: &World) -> bool {
    let statuses = world.object["status"]["containerStatuses"].as_array().cloned().unwrap_or_default();
    let never = world.object["spec"]["restartPolicy"] == "Never";
    never && statuses.len() == 2 && statuses.iter().any(|one| one["state"]["terminated"].is_object())
}

fn is_ready(world: &World) -> bool {
    let conditions = world.object["status"]["conditions"].as_array().cloned().unwrap_or_default();
    conditions.iter().any(|one| one["type"] == "Ready" && one["status"] == "True")
}

fn turn(world: &mut World, rng: &mut Rng) -> Vec<String> {
    match rng.u8(0..100) {
        0..12 => {
            let failures: Vec<Failure> = Failure::all().collect();
            let chosen = rng.choice(&failures).map(ToString::to_string);
            world.fail(chosen.as_deref());
        }
        12..20 => world.fail(None),
        20..24 => world.restart(),
        24..28 => world.placeable = rng.bool(),
        28 if !world.is_deleted() => world.delete(rng.u32(1..40)),
        29..40 => world.pass(Duration::from_millis(rng.u64(0..9_000))),
        _ => return world.play(rng.usize(1..4)),
    }
    Vec::new()
}

fn random_pod(rng: &mut Rng) -> Value {
    let mut pod = pod();
    pod["spec"]["restartPolicy"] = json!(rng.choice(["Always", "Always", "OnFailure", "Never"]));
    if rng.bool() {
        pod["spec"]["containers"] =
            json!([{ "name": "app", "image": "a" }, { "name": "side", "image": "b" }]);
    }
    if rng.bool() {
        pod["spec"]["containers"][0]["readinessProbe"] = json!({ "httpGet": { "port": 80 } });
    }
    match rng.u8(0..4) {
        0 => pod["spec"]["initContainers"] = json!([{ "name": "i", "image": "i" }]),
        1 => {
            pod["spec"]["initContainers"] = json!([{ "name": "i", "image": "i", "restartPolicy": "Always" }]);
        }
        _ => {}
    }
    pod
}
