//! Verdicts are asked for where they are declared, so one that nobody would ask for is an error

use healing::prelude::*;

#[derive(HealingResource, Clone, Debug)]
#[healing(group = "example.com", version = "v1", kind = "Web")]
struct WebSpec {
    #[healing(replicas)]
    size: i32,
}

impl Workload for Web {
    fn pod(&self) -> PodTemplateSpec {
        pod_template([container("app", "nginx")])
    }

    fn assess(&self, _: &Pod) -> Verdict {
        Verdict::Healthy
    }
}

fn main() {}
