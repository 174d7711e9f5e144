//! An order is one of two words

use healing::prelude::*;

#[derive(HealingResource, Clone, Debug)]
#[healing(group = "example.com", version = "v1", kind = "Web")]
struct WebSpec {
    #[healing(replicas)]
    size: i32,
    #[healing(scale_down, default = "oldest")]
    order: String,
}

fn main() {}
