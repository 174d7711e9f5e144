//! A flattened struct has rules of its own

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
    #[serde(flatten)]
    port: Port,
    #[healing(rule(port.number > 1, "port"))]
    level: i32,
}

fn main() {}
