//! Only types of k8s-openapi are kinds

use healing::prelude::*;

struct Settings;

#[derive(HealingResource, Clone, Debug)]
#[healing(group = "example.com", version = "v1", kind = "Web")]
#[healing(owns(Settings))]
struct WebSpec {
    #[healing(replicas)]
    size: i32,
}

fn main() {}
