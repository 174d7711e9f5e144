//! A group has two fields or more

use healing::prelude::*;

#[derive(HealingResource, Clone, Debug)]
#[healing(group = "example.com", version = "v1", kind = "Web")]
#[healing(at_most_one_of(label))]
struct WebSpec {
    #[healing(replicas)]
    size: i32,
    label: Option<String>,
}

fn main() {}
