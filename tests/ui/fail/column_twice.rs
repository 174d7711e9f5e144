//! Headings are unique

use healing::prelude::*;

#[derive(HealingResource, Clone, Debug)]
#[healing(group = "example.com", version = "v1", kind = "Web")]
#[healing(column(name = "Size", path = ".status.replicas"))]
struct WebSpec {
    #[healing(replicas, column = "Size")]
    size: i32,
}

fn main() {}
