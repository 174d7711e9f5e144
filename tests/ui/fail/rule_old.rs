//! The object before the change has the fields of the object: `old` alone is none

use healing::prelude::*;

#[derive(HealingResource, Clone, Debug)]
#[healing(group = "example.com", version = "v1", kind = "Web")]
struct WebSpec {
    #[healing(replicas)]
    size: i32,
    #[healing(rule(old >= 1, "never smaller"))]
    level: i32,
}

fn main() {}
