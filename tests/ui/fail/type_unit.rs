//! A unit value says nothing

use healing::prelude::*;

#[derive(HealingSchema, Clone, Debug)]
struct Range {
    nothing: Option<()>,
}

fn main() {}
