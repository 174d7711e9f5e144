//! Not every word is one of what is in a list

use healing::prelude::*;

#[derive(HealingResource, Clone, Debug)]
#[healing(group = "example.com", version = "v1", kind = "Web")]
struct WebSpec {
    #[healing(replicas)]
    size: i32,
    #[healing(items(max_lenght = 3))]
    labels: Vec<String>,
}

fn main() {}
