//! The one version of a resource is served

use healing::prelude::*;

#[derive(HealingResource, Clone, Debug)]
#[healing(group = "example.com", version = "v1", kind = "Web")]
#[healing(served = false)]
struct WebSpec {
    #[healing(replicas)]
    size: i32,
}

fn main() {}
