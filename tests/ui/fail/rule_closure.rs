//! A closure with one name

use healing::prelude::*;

#[derive(HealingResource, Clone, Debug)]
#[healing(group = "example.com", version = "v1", kind = "Web")]
struct WebSpec {
    #[healing(replicas)]
    size: i32,
    #[healing(rule(labels.all(|a, b| a == b), "labels"))]
    labels: Vec<String>,
}

fn main() {}
