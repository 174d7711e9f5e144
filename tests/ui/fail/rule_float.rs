//! A number with a fraction is not compared with a whole one

use healing::prelude::*;

#[derive(HealingResource, Clone, Debug)]
#[healing(group = "example.com", version = "v1", kind = "Web")]
struct WebSpec {
    #[healing(replicas)]
    size: i32,
    #[healing(rule(ratio > 0, "ratio"))]
    ratio: f64,
}

fn main() {}
