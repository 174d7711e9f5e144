//! The one version of a resource is stored

use healing::prelude::*;

#[derive(HealingResource, Clone, Debug)]
#[healing(group = "example.com", version = "v1", kind = "Web")]
#[healing(storage = false)]
struct WebSpec {
    #[healing(replicas)]
    size: i32,
}

fn main() {}
