//! An untagged enum has no structural schema

use healing::prelude::*;

#[derive(HealingSchema, Clone, Debug)]
#[serde(untagged)]
enum Source {
    Git { url: String },
    Http { address: String },
}

fn main() {}
