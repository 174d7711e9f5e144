//! Whether pods are forced is yes or no

use healing::prelude::*;

#[derive(HealingResource, Clone, Debug)]
#[healing(group = "example.com", version = "v1", kind = "Web")]
#[healing(category = "all")]
struct WebSpec {
    #[healing(replicas)]
    size: i32,
    #[healing(force_delete)]
    force: String,
}

fn main() {}
