//! A word is given once

use healing::prelude::*;

#[derive(HealingResource, Clone, Debug)]
#[healing(group = "example.com", version = "v1", kind = "Web")]
#[healing(group = "example.org")]
struct WebSpec {
    #[healing(replicas)]
    size: i32,
}

fn main() {}
