//! A column type is one of five

use healing::prelude::*;

#[derive(HealingResource, Clone, Debug)]
#[healing(group = "example.com", version = "v1", kind = "Web")]
#[healing(column(name = "Size", path = ".spec.size", type = "int"))]
struct WebSpec {
    #[healing(replicas)]
    size: i32,
}

fn main() {}
