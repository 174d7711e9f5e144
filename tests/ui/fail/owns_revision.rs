//! Stored templates are healing's own

use healing::prelude::*;
use k8s_openapi::api::apps::v1::ControllerRevision;

#[derive(HealingResource, Clone, Debug)]
#[healing(group = "example.com", version = "v1", kind = "Web")]
#[healing(owns(ControllerRevision))]
struct WebSpec {
    #[healing(replicas)]
    size: i32,
}

fn main() {
    let _ = ControllerRevision::default();
}
