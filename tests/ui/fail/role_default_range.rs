//! The default of a role is within the range of its knob

use healing::prelude::*;

#[derive(HealingResource, Clone, Debug)]
#[healing(group = "example.com", version = "v1", kind = "Web")]
struct WebSpec {
    #[healing(replicas)]
    size: i32,
    #[healing(max_in_flight, default = 50)]
    heals: i32,
}

fn main() {}
