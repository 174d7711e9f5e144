//! rustc knows the fields of a nested struct

use healing::prelude::*;

#[derive(HealingSchema, Clone, Debug)]
struct Port {
    number: i32,
}

#[derive(HealingResource, Clone, Debug)]
#[healing(group = "example.com", version = "v1", kind = "Web")]
struct WebSpec {
    #[healing(replicas)]
    size: i32,
    #[healing(rule(port.nummer > 1, "port"))]
    port: Port,
}

fn main() {}
