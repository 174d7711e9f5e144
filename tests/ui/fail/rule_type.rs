//! Operands have the type that the operator takes

use healing::prelude::*;

#[derive(HealingResource, Clone, Debug)]
#[healing(group = "example.com", version = "v1", kind = "Web")]
struct WebSpec {
    #[healing(replicas, rule(size && size > 1, "one at least"))]
    size: i32,
}

fn main() {}
