//! A namespace has the name of one

use healing::prelude::*;

#[derive(HealingResource, Clone, Debug)]
#[healing(group = "example.com", version = "v1", kind = "Web")]
#[healing(scope = "Cluster", pod_namespace = "my blogs")]
struct WebSpec {
    #[healing(replicas)]
    size: i32,
}

fn main() {}
