//! A verb is one of Kubernetes' own, as far as it is near one

use healing::prelude::*;

#[derive(HealingResource, Clone, Debug)]
#[healing(group = "example.com", version = "v1", kind = "Web")]
#[healing(rbac(groups("apps"), resources("deployments"), verbs("gett")))]
struct WebSpec {
    #[healing(replicas)]
    size: i32,
}

fn main() {}
