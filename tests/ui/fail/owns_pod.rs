//! Pods are healing's own

use healing::prelude::*;
use k8s_openapi::api::core::v1::{ConfigMap, Pod};

#[derive(HealingResource, Clone, Debug)]
#[healing(group = "example.com", version = "v1", kind = "Web")]
#[healing(owns(ConfigMap, Pod))]
struct WebSpec {
    #[healing(replicas)]
    size: i32,
}

fn main() {
    let _ = ConfigMap::default();
    let _ = Pod::default();
}
