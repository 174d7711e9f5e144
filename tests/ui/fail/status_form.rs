//! A status is named by its type

use healing::prelude::*;

#[derive(HealingResource, Clone, Debug)]
#[healing(group = "example.com", version = "v1", kind = "Web", status = "WebStatus")]
struct WebSpec {
    #[healing(replicas)]
    size: i32,
}

fn main() {}
