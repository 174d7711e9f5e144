//! A map has keys and values, not items

use healing::prelude::*;

#[derive(HealingResource, Clone, Debug)]
#[healing(group = "example.com", version = "v1", kind = "Web")]
struct WebSpec {
    #[healing(replicas)]
    size: i32,
    #[healing(rule(labels.all(|l| l != ""), "labels"))]
    labels: std::collections::BTreeMap<String, String>,
}

fn main() {}
