//! Resource names are in lower case

use healing::prelude::*;

#[derive(HealingResource, Clone, Debug)]
#[healing(group = "example.com", version = "v1", kind = "Web")]
#[healing(plural = "Webs")]
struct WebSpec {
    #[healing(replicas)]
    size: i32,
}

fn main() {}
