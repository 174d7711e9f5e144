//! Two knobs do not contradict each other

use healing::prelude::*;

#[derive(HealingResource, Clone, Debug)]
#[healing(group = "example.com", version = "v1", kind = "Web")]
#[healing(policy(heal_backoff_max = 30))]
struct WebSpec {
    #[healing(replicas)]
    size: i32,
    #[healing(heal_backoff, default = 60)]
    wait_seconds: i32,
}

fn main() {}
