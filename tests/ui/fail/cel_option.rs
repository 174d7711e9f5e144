//! An option that `cel` does not have

use healing::prelude::*;

#[derive(HealingResource, Clone, Debug)]
#[healing(group = "example.com", version = "v1", kind = "Web")]
struct WebSpec {
    #[healing(replicas)]
    size: i32,
    #[healing(cel("self > 1", "level", massage = "x"))]
    level: i32,
}

fn main() {}
