//! A knob that healing does not have yet is refused

use healing::prelude::*;

#[derive(HealingResource, Clone, Debug)]
#[healing(group = "example.com", version = "v1", kind = "Web")]
#[healing(policy(auto_rollback = true))]
struct WebSpec {
    #[healing(replicas)]
    size: i32,
}

fn main() {}
