//! Rules about the old object are not supported

use healing::prelude::*;

#[derive(HealingResource, Clone, Debug)]
#[healing(group = "example.com", version = "v1", kind = "Web")]
struct WebSpec {
    #[healing(replicas, rule(size >= old.size, "never smaller"))]
    size: i32,
}

fn main() {}
