//! A pattern is in the dialect of the API server, which cannot look around

use healing::prelude::*;

#[derive(HealingResource, Clone, Debug)]
#[healing(group = "example.com", version = "v1", kind = "Web")]
struct WebSpec {
    #[healing(replicas)]
    size: i32,
    #[healing(pattern = "^(?!web)[a-z]+$")]
    label: String,
}

fn main() {}
