//! A type without a schema has none in an enum either

use healing::prelude::*;

#[derive(HealingSchema, Clone, Debug)]
enum Source {
    Git { port: u128 },
    Http { url: String },
}

fn main() {}
