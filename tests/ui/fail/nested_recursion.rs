//! A struct that holds itself has no end

use healing::prelude::*;

#[derive(HealingSchema, Clone, Debug)]
struct Tree {
    children: Vec<Tree>,
}

fn main() {}
