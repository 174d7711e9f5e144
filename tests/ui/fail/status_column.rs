//! A column into a status of the user's says its type

use healing::prelude::*;

#[derive(HealingResource, Clone, Debug)]
#[healing(group = "example.com", version = "v1", kind = "Web", status = WebStatus, column(name = "Url", path = ".status.url"))]
struct WebSpec {
    #[healing(replicas)]
    size: i32,
}

#[derive(HealingSchema, Clone, Debug)]
struct WebStatus {
    #[serde(flatten)]
    healing: healing::Status,
    url: Option<String>,
}

fn main() {}
