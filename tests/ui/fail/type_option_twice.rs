//! Null and absent are one to an API server

use healing::prelude::*;

#[derive(HealingSchema, Clone, Debug)]
struct Extra {
    note: Option<Option<String>>,
}

fn main() {}
