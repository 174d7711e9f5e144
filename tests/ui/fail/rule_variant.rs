//! A value that the enum does not have

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
    #[healing(rule(mode != Mode::Slow, "mode"))]
    mode: Mode,
}

fn main() {}
