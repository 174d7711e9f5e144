//! A webhook that does not answer refuses or is ignored

use healing::prelude::*;

#[derive(HealingResource, Clone, Debug)]
#[healing(group = "example.com", version = "v1", kind = "Web")]
#[healing(webhook(failure_policy = "Pass"))]
struct WebSpec {
    #[healing(replicas)]
    size: i32,
}

fn main() {}
