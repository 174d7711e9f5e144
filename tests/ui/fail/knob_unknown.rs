//! An unknown knob gets the nearest known one

use healing::prelude::*;

#[derive(HealingResource, Clone, Debug)]
#[healing(group = "example.com", version = "v1", kind = "Web")]
#[healing(policy(max_inflight = 2))]
struct WebSpec {
    #[healing(replicas)]
    size: i32,
}

fn main() {}
