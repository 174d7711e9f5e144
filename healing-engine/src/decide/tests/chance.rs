//! Chance: short random histories, each from its seed, in which the invariants of `cluster` hold at every step

use jiff::SignedDuration;

use super::{cluster::Cluster, kubelet::Fate};

/// splitmix64: enough for choices, and the same everywhere
pub(crate) struct Chance(pub(crate) u64);

// === impl Chance ===

impl Chance {
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }

    fn fate(&mut self) -> Fate {
        match self.below(12) {
            0 | 1 => Fate::CrashLoop,
            2 => Fate::NeverReady,
            3 => Fate::NoImage,
            4 => Fate::Rejected,
            _ => Fate::Well,
        }
    }

    fn seconds(&mut self) -> i64 {
        let bound = [3, 30, 400, 4000][usize::try_from(self.below(4)).expect("small")];
        i64::try_from(self.below(bound)).expect("small") + 1
    }
}

fn play(seed: u64) {
    let mut chance = Chance(seed);
    let replicas = chance.below(7);
    let threshold = chance.below(4);
    let threshold = if threshold == 0 { String::new() } else { format!("threshold={threshold}") };
    let (failures, in_flight) = (chance.below(4) + 1, chance.below(3) + 1);
    // from the seed itself, so that the histories stay what they were
    let gone = if seed.is_multiple_of(3) { "gone" } else { "" };
    let mut cluster = Cluster::new(&format!(
        "replicas={replicas} {threshold} failures={failures} in-flight={in_flight} {gone}"
    ));
    let mut fates = Chance(seed ^ 0xfa7e);
    cluster.fate = Box::new(move |_| fates.fate());
    for _ in 0..4 {
        let pods = cluster.pods();
        let any = (!pods.is_empty())
            .then(|| pods[usize::try_from(chance.below(pods.len() as u64)).expect("small")].clone());
        match (chance.below(9), any) {
            (0, Some(pod)) => cluster.kill(&pod),
            (1..=3, Some(pod)) => cluster.doom(&pod, chance.fate()),
            (4, _) => cluster.restart(),
            (5, _) => {
                cluster.world.policy.replicas = u32::try_from(chance.below(7)).expect("small");
                cluster.new_generation();
            }
            (6, _) => {
                cluster.world.observation.resource.spec_hash = format!("spec-{}", chance.below(100));
                cluster.new_generation();
            }
            (7, _) => cluster.grace_secs = i64::try_from(chance.below(100)).expect("small"),
            _ => {}
        }
        for _ in 0..chance.below(5) {
            cluster.now += SignedDuration::from_millis(chance.seconds() * 700);
            cluster.pass();
        }
        cluster.run(chance.seconds().min(120));
    }
}

#[test]
fn invariants_hold_in_random_histories() {
    for seed in 0..300 {
        let outcome = std::panic::catch_unwind(|| play(seed));
        assert!(outcome.is_ok(), "the history of seed {seed} breaks an invariant, see above");
    }
}
