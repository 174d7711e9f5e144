//! An enum of words and of structs has no structural schema

use healing::prelude::*;

#[derive(HealingSchema, Clone, Debug)]
enum Source {
    Nothing,
    Git { url: String },
}

fn main() {}
