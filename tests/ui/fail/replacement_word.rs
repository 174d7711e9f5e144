//! A slot waits for one of two states of its old pod

use healing::prelude::*;

#[derive(HealingResource, Clone, Debug)]
#[healing(group = "example.com", version = "v1", kind = "Web")]
#[healing(policy(replacement = "deleted"))]
struct WebSpec {
    #[healing(replicas)]
    size: i32,
}

fn main() {}
