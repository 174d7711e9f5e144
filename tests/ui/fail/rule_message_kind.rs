//! A message shows text, whole numbers and true or false

use healing::prelude::*;

#[derive(HealingResource, Clone, Debug)]
#[healing(group = "example.com", version = "v1", kind = "Web")]
struct WebSpec {
    #[healing(replicas)]
    size: i32,
    #[healing(rule(ratio > 0.5, "not {ratio}"))]
    ratio: f64,
}

fn main() {}
