//! A method that rules do not have: the nearest one, and the two ways out

use healing::prelude::*;

#[derive(HealingResource, Clone, Debug)]
#[healing(group = "example.com", version = "v1", kind = "Web")]
struct WebSpec {
    #[healing(replicas)]
    size: i32,
    #[healing(rule(label.starts_width("a"), "label"))]
    label: String,
}

fn main() {}
