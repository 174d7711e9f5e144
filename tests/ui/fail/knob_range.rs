//! A knob is within its range

use healing::prelude::*;

#[derive(HealingResource, Clone, Debug)]
#[healing(group = "example.com", version = "v1", kind = "Web")]
#[healing(policy(max_in_flight = 33))]
struct WebSpec {
    #[healing(replicas)]
    size: i32,
}

fn main() {}
