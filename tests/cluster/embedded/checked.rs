//! An operator with a check that only Rust can do, for what only a webhook refuses before it is stored

use healing::prelude::*;

/// Name of the operator
pub(crate) const NAME: &str = "checked-operator";

/// A service whose number of pods is a power of two.
#[derive(HealingResource, Clone, Debug)]
#[healing(group = "harness.test", version = "v1", kind = "CheckedService")]
#[healing(finalizer = "harness.test/cleanup-protection")]
pub(crate) struct CheckedServiceSpec {
    /// Number of pods to keep running.
    #[healing(replicas, minimum = 1)]
    #[healing(validate = is_power_of_two)]
    replicas: i32,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "what a check of a field takes")]
fn is_power_of_two(replicas: &i32) -> Result<(), String> {
    if replicas.count_ones() == 1 { Ok(()) } else { Err("must be a power of two".to_owned()) }
}

impl Workload for CheckedService {
    fn pod(&self) -> PodTemplateSpec {
        pod_template([container("app", "nginx:latest")])
    }
}

pub(crate) fn operator() -> Operator {
    Operator::new(NAME).resource::<CheckedService>()
}

pub(crate) fn main() -> ExitCode {
    operator().main()
}
