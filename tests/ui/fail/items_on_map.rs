//! What is in a map has a word of its own

use healing::prelude::*;

#[derive(HealingResource, Clone, Debug)]
#[healing(group = "example.com", version = "v1", kind = "Web")]
struct WebSpec {
    #[healing(replicas)]
    size: i32,
    #[healing(items(max_length = 3))]
    labels: std::collections::BTreeMap<String, String>,
}

fn main() {}
