//! A variant holds one struct

use healing::prelude::*;

#[derive(HealingSchema, Clone, Debug)]
enum Source {
    Git(String, u16),
    Http { url: String },
}

fn main() {}
