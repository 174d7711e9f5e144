//! A column has a name and a path

use healing::prelude::*;

#[derive(HealingResource, Clone, Debug)]
#[healing(group = "example.com", version = "v1", kind = "Web")]
#[healing(column(name = "Size"))]
struct WebSpec {
    #[healing(replicas)]
    size: i32,
}

fn main() {}
