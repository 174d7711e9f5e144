//! Methods of `Option` are for an `Option`

use healing::prelude::*;

#[derive(HealingResource, Clone, Debug)]
#[healing(group = "example.com", version = "v1", kind = "Web")]
struct WebSpec {
    #[healing(replicas)]
    size: i32,
    #[healing(rule(level.is_none_or(|l| l > 1), "level"))]
    level: i32,
}

fn main() {}
