//! What a list contains is of the type of its items

use healing::prelude::*;

#[derive(HealingResource, Clone, Debug)]
#[healing(group = "example.com", version = "v1", kind = "Web")]
struct WebSpec {
    #[healing(replicas)]
    size: i32,
    #[healing(rule(labels.contains(&size), "labels"))]
    labels: Vec<String>,
}

fn main() {}
