//! What is read from an object is owned

use healing::prelude::*;

#[derive(HealingSchema, Clone, Debug)]
struct Named {
    name: &'static str,
}

fn main() {}
