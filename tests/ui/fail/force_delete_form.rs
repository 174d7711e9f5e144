//! A switch is true or false

use healing::prelude::*;

#[derive(HealingResource, Clone, Debug)]
#[healing(group = "example.com", version = "v1", kind = "Web")]
#[healing(policy(force_delete = "yes"))]
struct WebSpec {
    #[healing(replicas)]
    size: i32,
}

fn main() {}
