//! Only a resource of the cluster has its pods elsewhere

use healing::prelude::*;

#[derive(HealingResource, Clone, Debug)]
#[healing(group = "example.com", version = "v1", kind = "Web")]
#[healing(pod_namespace = "blogs")]
struct WebSpec {
    #[healing(replicas)]
    size: i32,
}

fn main() {}
