//! Words and structs are not mixed in an enum

use healing::prelude::*;

#[derive(HealingSchema, Clone, Debug)]
enum Source {
    Local,
    Git { url: String },
}

fn main() {}
