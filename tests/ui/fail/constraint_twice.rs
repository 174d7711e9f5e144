//! A bound is one, whether it excludes itself or not

use healing::prelude::*;

#[derive(HealingResource, Clone, Debug)]
#[healing(group = "example.com", version = "v1", kind = "Web")]
struct WebSpec {
    #[healing(replicas)]
    size: i32,
    #[healing(minimum = 0, exclusive_minimum = 0)]
    spare: i32,
}

fn main() {}
