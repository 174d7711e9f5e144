//! Keys of a map are text

use healing::prelude::*;

#[derive(HealingSchema, Clone, Debug)]
struct Ports {
    names: std::collections::BTreeMap<u16, String>,
}

fn main() {}
