//! What is no data has no schema

use healing::prelude::*;

#[derive(HealingSchema, Clone, Debug)]
struct Hook {
    call: fn(i32) -> i32,
}

fn main() {}
