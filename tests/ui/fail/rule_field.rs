//! A misspelt field is an error at the word

use healing::prelude::*;

#[derive(HealingResource, Clone, Debug)]
#[healing(group = "example.com", version = "v1", kind = "Web")]
struct WebSpec {
    #[healing(replicas, rule(sise >= 1, "one at least"))]
    size: i32,
}

fn main() {}
