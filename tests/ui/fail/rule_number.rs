//! A rule says true or false

use healing::prelude::*;

#[derive(HealingResource, Clone, Debug)]
#[healing(group = "example.com", version = "v1", kind = "Web")]
struct WebSpec {
    #[healing(replicas, rule(size + 1, "one at least"))]
    size: i32,
}

fn main() {}
