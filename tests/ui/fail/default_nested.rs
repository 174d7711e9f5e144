//! A literal is no value of a nested type

use healing::prelude::*;

#[derive(HealingSchema, Clone, Debug)]
enum Mode {
    Fast,
}

#[derive(HealingResource, Clone, Debug)]
#[healing(group = "example.com", version = "v1", kind = "Web")]
struct WebSpec {
    #[healing(replicas)]
    size: i32,
    #[healing(default = "Fast")]
    mode: Mode,
}

fn main() {}
