//! A finalizer has a domain

use healing::prelude::*;

#[derive(HealingResource, Clone, Debug)]
#[healing(group = "example.com", version = "v1", kind = "Web")]
#[healing(finalizer = "cleanup")]
struct WebSpec {
    #[healing(replicas)]
    size: i32,
}

fn main() {}
