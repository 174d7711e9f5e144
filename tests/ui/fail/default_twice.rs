//! A field has one default

use healing::prelude::*;

#[derive(HealingResource, Clone, Debug)]
#[healing(group = "example.com", version = "v1", kind = "Web")]
struct WebSpec {
    #[healing(replicas, default = 3)]
    #[serde(default)]
    size: i32,
}

fn main() {}
