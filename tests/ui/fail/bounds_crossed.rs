//! The smallest value is not above the largest

use healing::prelude::*;

#[derive(HealingResource, Clone, Debug)]
#[healing(group = "example.com", version = "v1", kind = "Web")]
struct WebSpec {
    #[healing(replicas, minimum = 5, maximum(3, "too many"))]
    size: i32,
}

fn main() {}
