//! A knob that healing does not have yet is refused

use healing::prelude::*;

#[derive(HealingResource, Clone, Debug)]
#[healing(group = "example.com", version = "v1", kind = "Web")]
#[healing(policy(progress_deadline = "10m"))]
struct WebSpec {
    #[healing(replicas)]
    size: i32,
}

fn main() {}
