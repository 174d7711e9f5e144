//! `if` without `else` has no value

use healing::prelude::*;

#[derive(HealingResource, Clone, Debug)]
#[healing(group = "example.com", version = "v1", kind = "Web")]
struct WebSpec {
    #[healing(replicas)]
    size: i32,
    #[healing(rule(if level > 1 { size > 1 }, "level"))]
    level: i32,
}

fn main() {}
