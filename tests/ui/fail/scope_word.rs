//! A scope is Namespaced or Cluster

use healing::prelude::*;

#[derive(HealingResource, Clone, Debug)]
#[healing(group = "example.com", version = "v1", kind = "Web")]
#[healing(scope = "Global")]
struct WebSpec {
    #[healing(replicas)]
    size: i32,
}

fn main() {}
