//! A path leads to a field

use healing::prelude::*;

#[derive(HealingResource, Clone, Debug)]
#[healing(group = "example.com", version = "v1", kind = "Web")]
#[healing(column(name = "Healthy", path = ".status.healthyReplica"))]
struct WebSpec {
    #[healing(replicas)]
    size: i32,
}

fn main() {}
