//! A kind is in PascalCase

use healing::prelude::*;

#[derive(HealingResource, Clone, Debug)]
#[healing(group = "example.com", version = "v1", kind = "web-site")]
struct WebSpec {
    #[healing(replicas)]
    size: i32,
}

fn main() {}
