//! A default is held against the policy

use healing::prelude::*;

#[derive(HealingResource, Clone, Debug)]
#[healing(group = "example.com", version = "v1", kind = "Web")]
#[healing(policy(max_surge = 1))]
struct WebSpec {
    #[healing(replicas)]
    size: i32,
    #[healing(replacement, default = "gone")]
    once: String,
}

fn main() {}
