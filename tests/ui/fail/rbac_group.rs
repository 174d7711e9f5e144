//! A group is no version

use healing::prelude::*;

#[derive(HealingResource, Clone, Debug)]
#[healing(group = "example.com", version = "v1", kind = "Web")]
#[healing(rbac(groups("apps/v1"), resources("deployments"), verbs("get")))]
struct WebSpec {
    #[healing(replicas)]
    size: i32,
}

fn main() {}
