//! The value of a label is one that the API server takes

use healing::prelude::*;

#[derive(HealingResource, Clone, Debug)]
#[healing(group = "example.com", version = "v1", kind = "Web")]
#[healing(crd_label("example.com/team", "a team"))]
struct WebSpec {
    #[healing(replicas)]
    size: i32,
}

fn main() {}
