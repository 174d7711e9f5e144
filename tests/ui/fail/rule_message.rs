//! A rule has a message

use healing::prelude::*;

#[derive(HealingResource, Clone, Debug)]
#[healing(group = "example.com", version = "v1", kind = "Web")]
struct WebSpec {
    #[healing(replicas, rule(size >= 1))]
    size: i32,
}

fn main() {}
