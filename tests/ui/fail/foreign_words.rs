//! Words of serde and schemars that contradict us are told together with everything else

use healing::prelude::*;

#[derive(HealingResource, Clone, Debug, Default)]
#[serde(default, rename_all = "camelCase")]
#[schemars(rename_all = "kebab-case")]
#[healing(group = "example.com", version = "1", kind = "Web")]
struct WebSpec {
    #[healing(replicas, minimum = 1)]
    #[schemars(range(min = 2))]
    size: i32,
    #[serde(alias = "old_name")]
    name: String,
    #[serde(skip_serializing)]
    secret: String,
    #[schemars(skip)]
    hidden: Option<(String, i32)>,
}

fn main() {}
