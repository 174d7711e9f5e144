//! rustc knows the types of a nested struct's fields

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
    #[healing(rule(port.number == "http", "port"))]
    port: Port,
}

fn main() {}
