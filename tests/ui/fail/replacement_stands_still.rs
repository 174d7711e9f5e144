//! Where a slot never has two pods, one must be missing in a rollout

use healing::prelude::*;

#[derive(HealingResource, Clone, Debug)]
#[healing(group = "example.com", version = "v1", kind = "Web")]
#[healing(policy(replacement = "gone", max_unavailable = 0))]
struct WebSpec {
    #[healing(replicas)]
    size: i32,
}

fn main() {}
