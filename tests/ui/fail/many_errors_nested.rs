//! All errors of a nested struct come in one compile

use healing::prelude::*;

#[derive(HealingSchema, Clone, Debug)]
#[healing(group = "example.com", rule(low <= hihg, "low is high"))]
#[serde(transparent)]
struct Range {
    #[healing(minimum = 5, maximum = 3)]
    low: i32,
    #[healing(minimun = 1, default = "x")]
    high: i32,
    inner: Option<(i32, u128)>,
    again: Vec<Range>,
}

fn main() {}
