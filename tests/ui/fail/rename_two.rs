//! A field has one name

use healing::prelude::*;

#[derive(HealingResource, Clone, Debug)]
#[healing(group = "example.com", version = "v1", kind = "Web")]
struct WebSpec {
    #[healing(replicas)]
    #[serde(rename(serialize = "a", deserialize = "b"))]
    size: i32,
}

fn main() {}
