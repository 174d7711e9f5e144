//! A limit is a number or a percentage, in a policy and on a field

use healing::prelude::*;

#[derive(HealingResource, Clone, Debug)]
#[healing(group = "example.com", version = "v1", kind = "Web")]
#[healing(policy(max_in_flight = "some"))]
struct WebSpec {
    #[healing(replicas)]
    size: i32,
}

#[derive(HealingResource, Clone, Debug)]
#[healing(group = "example.com", version = "v1", kind = "Page")]
#[healing(policy(max_in_flight = "101%"))]
struct PageSpec {
    #[healing(replicas)]
    size: i32,
}

#[derive(HealingResource, Clone, Debug)]
#[healing(group = "example.com", version = "v1", kind = "Shop")]
struct ShopSpec {
    #[healing(replicas)]
    size: i32,
    #[healing(max_in_flight)]
    heals: Option<String>,
}

fn main() {}
