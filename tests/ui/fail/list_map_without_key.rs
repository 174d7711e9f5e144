//! A list map has a key

use healing::prelude::*;

#[derive(Clone, Debug)]
struct Port;

#[derive(HealingResource, Clone, Debug)]
#[healing(group = "example.com", version = "v1", kind = "Web")]
struct WebSpec {
    #[healing(replicas)]
    size: i32,
    #[healing(list_type = "map")]
    ports: Vec<Port>,
}

fn main() {}
