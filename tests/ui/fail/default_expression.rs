//! A default is of the type of its field, which rustc checks at the expression

use healing::prelude::*;

#[derive(HealingResource, Clone, Debug)]
#[healing(group = "example.com", version = "v1", kind = "Web")]
struct WebSpec {
    #[healing(replicas)]
    size: i32,
    #[healing(default = vec!["80"])]
    ports: Vec<i32>,
}

fn main() {}
