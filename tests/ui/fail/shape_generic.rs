//! A spec is not generic

use healing::prelude::*;

#[derive(HealingResource, Clone, Debug)]
#[healing(group = "example.com", version = "v1", kind = "Web")]
struct WebSpec<T> {
    #[healing(replicas)]
    size: T,
}

fn main() {}
