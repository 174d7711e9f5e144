//! A brace in a message is closed

use healing::prelude::*;

#[derive(HealingResource, Clone, Debug)]
#[healing(group = "example.com", version = "v1", kind = "Web")]
struct WebSpec {
    #[healing(replicas)]
    size: i32,
    #[healing(rule(level > 1, "level {level is low"))]
    level: i32,
}

fn main() {}
