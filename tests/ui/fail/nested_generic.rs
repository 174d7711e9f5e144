//! A nested type cannot be generic

use healing::prelude::*;

#[derive(HealingSchema, Clone, Debug)]
struct Port<T> {
    number: T,
}

fn main() {}
