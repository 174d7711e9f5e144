//! A tuple struct has no names

use healing::prelude::*;

#[derive(HealingSchema, Clone, Debug)]
struct Port(i32);

fn main() {}
