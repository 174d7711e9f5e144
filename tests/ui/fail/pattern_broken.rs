//! A pattern is compiled when the program is

use healing::prelude::*;

#[derive(HealingResource, Clone, Debug)]
#[healing(group = "example.com", version = "v1", kind = "Web")]
struct WebSpec {
    #[healing(replicas)]
    size: i32,
    #[healing(pattern = "^[a-z+$")]
    label: String,
}

fn main() {}
