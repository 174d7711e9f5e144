//! A default holds under the constraints of its field

use healing::prelude::*;

#[derive(HealingResource, Clone, Debug)]
#[healing(group = "example.com", version = "v1", kind = "Web")]
struct WebSpec {
    #[healing(replicas)]
    size: i32,
    #[healing(pattern = "^[a-z]+$", default = "Web")]
    label: String,
}

fn main() {}
