//! No kind is there twice

use healing::prelude::*;
use k8s_openapi::api::core::v1::{ConfigMap, Service};

#[derive(HealingResource, Clone, Debug)]
#[healing(group = "example.com", version = "v1", kind = "Web")]
#[healing(owns(ConfigMap, Service), owns(ConfigMap))]
struct WebSpec {
    #[healing(replicas)]
    size: i32,
}

fn main() {
    let _ = ConfigMap::default();
    let _ = Service::default();
}
