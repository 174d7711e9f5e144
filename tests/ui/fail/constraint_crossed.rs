//! A length is not between bounds that are crossed

use healing::prelude::*;

#[derive(HealingResource, Clone, Debug)]
#[healing(group = "example.com", version = "v1", kind = "Web")]
struct WebSpec {
    #[healing(replicas)]
    size: i32,
    #[healing(min_length = 9, max_length = 3)]
    label: String,
}

fn main() {}
