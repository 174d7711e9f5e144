//! What is in a list is constrained as its type is

use healing::prelude::*;

#[derive(HealingResource, Clone, Debug)]
#[healing(group = "example.com", version = "v1", kind = "Web")]
struct WebSpec {
    #[healing(replicas)]
    size: i32,
    #[healing(items(max_length = 3))]
    ports: Vec<i32>,
}

fn main() {}
