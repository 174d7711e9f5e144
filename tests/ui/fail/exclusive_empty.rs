//! Some number lies between two bounds

use healing::prelude::*;

#[derive(HealingResource, Clone, Debug)]
#[healing(group = "example.com", version = "v1", kind = "Web")]
struct WebSpec {
    #[healing(replicas)]
    size: i32,
    #[healing(exclusive_minimum = 3, maximum = 3)]
    spare: i32,
}

fn main() {}
