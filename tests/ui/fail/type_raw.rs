//! JSON of any form is asked for in words

use healing::prelude::*;

#[derive(HealingSchema, Clone, Debug)]
struct Extra {
    values: std::collections::BTreeMap<String, ::serde_json::Value>,
}

fn main() {}
