//! A group is a DNS name with a dot

use healing::prelude::*;

#[derive(HealingResource, Clone, Debug)]
#[healing(group = "example", version = "v1", kind = "Web")]
struct WebSpec {
    #[healing(replicas)]
    size: i32,
}

fn main() {}
