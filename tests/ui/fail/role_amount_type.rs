//! A field that is a number or a percentage has a type that can be one

use healing::prelude::*;

#[derive(HealingSchema, Clone, Debug)]
struct Heals {
    count: i32,
}

#[derive(HealingResource, Clone, Debug)]
#[healing(group = "example.com", version = "v1", kind = "Web")]
struct WebSpec {
    #[healing(replicas)]
    size: i32,
    #[healing(max_in_flight)]
    heals: Heals,
}

fn main() {}
