//! A spec is a struct

use healing::prelude::*;

#[derive(HealingResource, Clone, Debug)]
#[healing(group = "example.com", version = "v1", kind = "Web")]
enum WebSpec {
    One,
}

fn main() {}
