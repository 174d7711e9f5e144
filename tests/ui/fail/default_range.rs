//! A default is within the bounds

use healing::prelude::*;

#[derive(HealingResource, Clone, Debug)]
#[healing(group = "example.com", version = "v1", kind = "Web")]
struct WebSpec {
    #[healing(replicas, default = 0, minimum = 1)]
    size: i32,
}

fn main() {}
