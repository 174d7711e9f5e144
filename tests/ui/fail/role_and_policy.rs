//! A knob is a field of each object or fixed for all

use healing::prelude::*;

#[derive(HealingResource, Clone, Debug)]
#[healing(group = "example.com", version = "v1", kind = "Web")]
#[healing(policy(startup_timeout = 30))]
struct WebSpec {
    #[healing(replicas)]
    size: i32,
    #[healing(startup_timeout)]
    timeout_seconds: i32,
}

fn main() {}
