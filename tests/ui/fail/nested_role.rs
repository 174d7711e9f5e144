//! Roles are for the spec itself

use healing::prelude::*;

#[derive(HealingSchema, Clone, Debug)]
struct Port {
    #[healing(replicas)]
    number: i32,
}

fn main() {}
