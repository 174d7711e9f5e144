//! A status of the user's has healing's fields

use healing::prelude::*;

#[derive(HealingResource, Clone, Debug)]
#[healing(group = "example.com", version = "v1", kind = "Web", status = WebStatus)]
struct WebSpec {
    #[healing(replicas)]
    size: i32,
}

#[derive(HealingSchema, Clone, Debug)]
struct WebStatus {
    url: Option<String>,
}

fn main() {}
