//! A label has one value

use healing::prelude::*;

#[derive(HealingResource, Clone, Debug)]
#[healing(group = "example.com", version = "v1", kind = "Web")]
#[healing(crd_label("team", "a"), crd_label("team", "b"))]
struct WebSpec {
    #[healing(replicas)]
    size: i32,
}

fn main() {}
