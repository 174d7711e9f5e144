//! A tuple has no structural schema

use healing::prelude::*;

#[derive(HealingSchema, Clone, Debug)]
struct Range {
    ends: Vec<(i32, i32)>,
}

fn main() {}
