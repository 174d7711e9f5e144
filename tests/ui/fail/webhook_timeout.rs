//! An API server waits for 1 to 30 seconds

use healing::prelude::*;

#[derive(HealingResource, Clone, Debug)]
#[healing(group = "example.com", version = "v1", kind = "Web")]
#[healing(webhook(timeout_seconds = 60))]
struct WebSpec {
    #[healing(replicas)]
    size: i32,
}

fn main() {}
