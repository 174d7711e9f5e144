//! A resource is paused or not

use healing::prelude::*;

#[derive(HealingResource, Clone, Debug)]
#[healing(group = "example.com", version = "v1", kind = "Web")]
struct WebSpec {
    #[healing(replicas)]
    size: i32,
    #[healing(paused)]
    paused: String,
}

fn main() {}
