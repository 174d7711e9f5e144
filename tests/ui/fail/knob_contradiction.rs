//! A wait is not above its upper bound

use healing::prelude::*;

#[derive(HealingResource, Clone, Debug)]
#[healing(group = "example.com", version = "v1", kind = "Web")]
#[healing(policy(heal_backoff = "10m"))]
struct WebSpec {
    #[healing(replicas)]
    size: i32,
}

fn main() {}
