//! A list map has structs in it

use healing::prelude::*;

#[derive(HealingResource, Clone, Debug)]
#[healing(group = "example.com", version = "v1", kind = "Web")]
struct WebSpec {
    #[healing(replicas)]
    size: i32,
    #[healing(list_type = "map", list_map_key = "name")]
    names: Vec<String>,
}

fn main() {}
