//! A regular expression that cannot be read

use healing::prelude::*;

#[derive(HealingResource, Clone, Debug)]
#[healing(group = "example.com", version = "v1", kind = "Web")]
struct WebSpec {
    #[healing(replicas)]
    size: i32,
    #[healing(rule(label.matches("[a-"), "label"))]
    label: String,
}

fn main() {}
