//! A value in a message is a field

use healing::prelude::*;

#[derive(HealingResource, Clone, Debug)]
#[healing(group = "example.com", version = "v1", kind = "Web")]
struct WebSpec {
    #[healing(replicas)]
    size: i32,
    #[healing(rule(level > 1, "level {lever} is low"))]
    level: i32,
}

fn main() {}
