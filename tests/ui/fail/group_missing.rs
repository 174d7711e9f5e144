//! A resource has a group

use healing::prelude::*;

#[derive(HealingResource, Clone, Debug)]
#[healing(version = "v1", kind = "Web")]
struct WebSpec {
    #[healing(replicas)]
    size: i32,
}

fn main() {}
