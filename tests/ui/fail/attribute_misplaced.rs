//! A word of fields is not for the struct

use healing::prelude::*;

#[derive(HealingResource, Clone, Debug)]
#[healing(group = "example.com", version = "v1", kind = "Web")]
#[healing(replicas)]
struct WebSpec {
    #[healing(replicas)]
    size: i32,
}

fn main() {}
