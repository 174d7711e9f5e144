//! An unknown word gets the nearest known one

use healing::prelude::*;

#[derive(HealingResource, Clone, Debug)]
#[healing(group = "example.com", version = "v1", kind = "Web")]
#[healing(finaliser = "example.com/x")]
struct WebSpec {
    #[healing(replicas)]
    size: i32,
}

fn main() {}
