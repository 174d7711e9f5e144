//! Single items are not for rules

use healing::prelude::*;

#[derive(HealingResource, Clone, Debug)]
#[healing(group = "example.com", version = "v1", kind = "Web")]
struct WebSpec {
    #[healing(replicas)]
    size: i32,
    #[healing(rule(labels[0] == "a", "labels"))]
    labels: Vec<String>,
}

fn main() {}
