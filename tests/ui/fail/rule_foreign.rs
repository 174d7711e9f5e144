//! A type that is not declared with us is not for rules

use healing::prelude::*;

#[derive(HealingResource, Clone, Debug)]
#[healing(group = "example.com", version = "v1", kind = "Web")]
struct WebSpec {
    #[healing(replicas)]
    size: i32,
    #[healing(rule(template == template, "template"))]
    template: PodTemplateSpec,
}

fn main() {}
