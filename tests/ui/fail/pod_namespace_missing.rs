//! Pods of a resource of the cluster are in a namespace all the same

use healing::prelude::*;

#[derive(HealingResource, Clone, Debug)]
#[healing(group = "example.com", version = "v1", kind = "Web", scope = "Cluster")]
struct WebSpec {
    #[healing(replicas)]
    size: i32,
}

fn main() {}
