//! Where a slot never has two pods, a rollout makes none beyond the desired number

use healing::prelude::*;

#[derive(HealingResource, Clone, Debug)]
#[healing(group = "example.com", version = "v1", kind = "Web")]
#[healing(policy(replacement = "gone", max_surge = "25%"))]
struct WebSpec {
    #[healing(replicas)]
    size: i32,
}

fn main() {}
