//! The bounds of a role are within the range of its knob

use healing::prelude::*;

#[derive(HealingResource, Clone, Debug)]
#[healing(group = "example.com", version = "v1", kind = "Web")]
struct WebSpec {
    #[healing(replicas)]
    size: i32,
    #[healing(startup_timeout, minimum = 0)]
    timeout_seconds: i32,
}

fn main() {}
