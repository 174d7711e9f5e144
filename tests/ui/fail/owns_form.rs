//! Kinds are types, by their paths

use healing::prelude::*;

#[derive(HealingResource, Clone, Debug)]
#[healing(group = "example.com", version = "v1", kind = "Web")]
#[healing(owns("ConfigMap"), owns = ConfigMap, owns(), owns(Vec::<u8>::new()))]
struct WebSpec {
    #[healing(replicas)]
    size: i32,
}

fn main() {}
