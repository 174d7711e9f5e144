//! What has an owner in a namespace is in that namespace

use healing::prelude::*;
use k8s_openapi::api::core::v1::Namespace;

#[derive(HealingResource, Clone, Debug)]
#[healing(group = "example.com", version = "v1", kind = "Web")]
#[healing(owns(Namespace))]
struct WebSpec {
    #[healing(replicas)]
    size: i32,
}

fn main() {}
