//! A version sorts as Kubernetes' own do

use healing::prelude::*;

#[derive(HealingResource, Clone, Debug)]
#[healing(group = "example.com", version = "1.0", kind = "Web")]
struct WebSpec {
    #[healing(replicas)]
    size: i32,
}

fn main() {}
