//! A field that always has a value cannot be one of a group

use healing::prelude::*;

#[derive(HealingResource, Clone, Debug)]
#[healing(group = "example.com", version = "v1", kind = "Web")]
#[healing(exactly_one_of(level, label))]
struct WebSpec {
    #[healing(replicas)]
    size: i32,
    level: i32,
    label: Option<String>,
}

fn main() {}
