//! A warning says something

use healing::prelude::*;

#[derive(HealingResource, Clone, Debug)]
#[healing(group = "example.com", version = "v1", kind = "Web")]
#[healing(deprecated = "")]
struct WebSpec {
    #[healing(replicas)]
    size: i32,
}

fn main() {}
