//! The ends of a range are of the type of the value

use healing::prelude::*;

#[derive(HealingResource, Clone, Debug)]
#[healing(group = "example.com", version = "v1", kind = "Web")]
struct WebSpec {
    #[healing(replicas)]
    size: i32,
    #[healing(rule((1..=5).contains(&label), "label"))]
    label: String,
}

fn main() {}
