//! Names are for the spec itself

use healing::prelude::*;

#[derive(HealingSchema, Clone, Debug)]
#[healing(kind = "Port")]
struct Port {
    number: i32,
}

fn main() {}
