//! A time in CEL is no text

use healing::prelude::*;

#[derive(HealingResource, Clone, Debug)]
#[healing(group = "example.com", version = "v1", kind = "Web")]
struct WebSpec {
    #[healing(replicas)]
    size: i32,
    #[healing(format = "date-time", rule(until != "", "until"))]
    until: String,
}

fn main() {}
