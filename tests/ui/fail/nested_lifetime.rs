//! A type in a spec owns what it has

use healing::prelude::*;

#[derive(HealingSchema, Clone, Debug)]
struct Named<'a> {
    name: std::borrow::Cow<'a, str>,
}

fn main() {}
