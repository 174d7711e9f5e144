//! A duration has a unit

use healing::prelude::*;

#[derive(HealingResource, Clone, Debug)]
#[healing(group = "example.com", version = "v1", kind = "Web")]
#[healing(policy(startup_timeout = "soon"))]
struct WebSpec {
    #[healing(replicas)]
    size: i32,
}

fn main() {}
