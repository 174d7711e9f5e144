//! A number of 128 bits has no place in an API server

use healing::prelude::*;

#[derive(HealingSchema, Clone, Debug)]
struct Range {
    from: u64,
    to: Option<i128>,
}

fn main() {}
