//! A pattern is in the dialect of the API server, which does not refer back

use healing::prelude::*;

#[derive(HealingResource, Clone, Debug)]
#[healing(group = "example.com", version = "v1", kind = "Web")]
struct WebSpec {
    #[healing(replicas)]
    size: i32,
    #[healing(pattern = r"^([a-z])\1$")]
    label: String,
}

fn main() {}
