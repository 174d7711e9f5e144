//! A default is of the field's type

use healing::prelude::*;

#[derive(HealingResource, Clone, Debug)]
#[healing(group = "example.com", version = "v1", kind = "Web")]
struct WebSpec {
    #[healing(replicas, default = "three")]
    size: i32,
}

fn main() {}
