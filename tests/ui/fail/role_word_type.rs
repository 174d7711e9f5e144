//! An order is a word

use healing::prelude::*;

#[derive(HealingResource, Clone, Debug)]
#[healing(group = "example.com", version = "v1", kind = "Web")]
struct WebSpec {
    #[healing(replicas)]
    size: i32,
    #[healing(scale_down)]
    order: i32,
}

fn main() {}
