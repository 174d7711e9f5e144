//! A variant has no attributes of ours

use healing::prelude::*;

#[derive(HealingSchema, Clone, Debug)]
enum Source {
    Git {
        #[healing(max_length = 3)]
        url: String,
    },
}

fn main() {}
