//! A unit struct is null

use healing::prelude::*;

#[derive(HealingSchema, Clone, Debug)]
struct Nothing;

fn main() {}
