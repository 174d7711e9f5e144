//! A rule of the role says what may be done to what

use healing::prelude::*;

#[derive(HealingResource, Clone, Debug)]
#[healing(group = "example.com", version = "v1", kind = "Web")]
#[healing(rbac(groups("apps"), verbs("get")))]
struct WebSpec {
    #[healing(replicas)]
    size: i32,
}

fn main() {}
