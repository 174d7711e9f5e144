//! An enum without values has none

use healing::prelude::*;

#[derive(HealingSchema, Clone, Debug)]
enum Source {}

fn main() {}
