//! An adjacently tagged enum has no structural schema

use healing::prelude::*;

#[derive(HealingSchema, Clone, Debug)]
#[serde(tag = "type", content = "with")]
enum Source {
    Git(Git),
    Http(Git),
}

#[derive(HealingSchema, Clone, Debug)]
struct Git {
    url: String,
}

fn main() {}
