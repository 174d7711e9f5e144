//! A struct that holds itself has no end

use healing::prelude::*;

#[derive(HealingSchema, Clone, Debug)]
struct Node {
    name: String,
    children: Vec<Node>,
}

fn main() {}
