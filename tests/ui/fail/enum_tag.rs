//! An internally tagged enum has no structural schema

use healing::prelude::*;

#[derive(HealingSchema, Clone, Debug)]
#[serde(tag = "type")]
enum Source {
    Git { url: String },
    Http { url: String },
}

fn main() {}
