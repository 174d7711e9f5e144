//! A default is not longer than its field may be

use healing::prelude::*;

#[derive(HealingResource, Clone, Debug)]
#[healing(group = "example.com", version = "v1", kind = "Web")]
struct WebSpec {
    #[healing(replicas)]
    size: i32,
    #[healing(max_length = 2, default = "web")]
    label: String,
}

fn main() {}
