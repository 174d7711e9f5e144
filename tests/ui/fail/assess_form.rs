//! `assess` says all by being there

use healing::prelude::*;

#[derive(HealingResource, Clone, Debug)]
#[healing(group = "example.com", version = "v1", kind = "Web", assess = true, assess, assess)]
struct WebSpec {
    #[healing(replicas)]
    size: i32,
}

fn main() {}
