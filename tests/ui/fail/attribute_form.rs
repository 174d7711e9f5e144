//! A value has the form of the table

use healing::prelude::*;

#[derive(HealingResource, Clone, Debug)]
#[healing(group, version = 1, kind = "Web")]
struct WebSpec {
    #[healing(replicas)]
    size: i32,
}

fn main() {}
