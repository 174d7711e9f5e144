//! `match` is written as `matches!` or `if`

use healing::prelude::*;

#[derive(HealingResource, Clone, Debug)]
#[healing(group = "example.com", version = "v1", kind = "Web")]
struct WebSpec {
    #[healing(replicas)]
    size: i32,
    #[healing(rule(match level { 1 => true, _ => false }, "level"))]
    level: i32,
}

fn main() {}
