//! The generated type has a name of its own

use healing::prelude::*;

#[derive(HealingResource, Clone, Debug)]
#[healing(group = "example.com", version = "v1", kind = "WebSpec")]
struct WebSpec {
    #[healing(replicas)]
    size: i32,
}

fn main() {}
