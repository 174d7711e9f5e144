//! Pausing is for an object, not for all

use healing::prelude::*;

#[derive(HealingResource, Clone, Debug)]
#[healing(group = "example.com", version = "v1", kind = "Web")]
#[healing(policy(paused = true))]
struct WebSpec {
    #[healing(replicas)]
    size: i32,
}

fn main() {}
