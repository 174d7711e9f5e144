//! All errors of a struct come in one compile

use healing::prelude::*;

#[derive(HealingResource, Clone, Debug)]
#[healing(group = "example", version = "v1", kind = "Web", finaliser = "x")]
#[healing(policy(max_in_flight = 0))]
struct WebSpec {
    #[healing(replicas, default = 0, minimum = 1)]
    size: i32,
    #[healing(health_threshold, rule(treshold <= sise, "not above"))]
    threshold: String,
}

fn main() {}
