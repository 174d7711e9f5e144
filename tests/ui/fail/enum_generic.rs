//! An enum has concrete types

use healing::prelude::*;

#[derive(HealingSchema, Clone, Debug)]
enum Source<T> {
    Git { url: T },
}

fn main() {}
