//! A regular expression that is no literal could not be checked

use healing::prelude::*;

#[derive(HealingResource, Clone, Debug)]
#[healing(group = "example.com", version = "v1", kind = "Web")]
struct WebSpec {
    #[healing(replicas)]
    size: i32,
    #[healing(rule(label.matches(other), "label"))]
    label: String,
    other: String,
}

fn main() {}
