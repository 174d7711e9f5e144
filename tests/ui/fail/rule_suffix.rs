//! Numbers in a rule have no suffix

use healing::prelude::*;

#[derive(HealingResource, Clone, Debug)]
#[healing(group = "example.com", version = "v1", kind = "Web")]
struct WebSpec {
    #[healing(replicas)]
    size: i32,
    #[healing(rule(level > 1i32, "level"))]
    level: i32,
}

fn main() {}
