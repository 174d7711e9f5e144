//! The documented HealingService operator: pods that come back by themselves, from one declaration

use std::process::ExitCode;

use healing::prelude::*;

/// A replicated service that replaces its own broken pods.
#[derive(HealingResource, Clone, Debug, PartialEq)]
#[serde(rename_all = "camelCase")]
#[healing(group = "example.com", version = "v1", kind = "HealingService")]
#[healing(finalizer = "example.com/cleanup-protection")]
#[healing(column(name = "Healthy", path = ".status.healthyReplicas", type = "integer"))]
#[healing(policy(scale_down = "oldest-first"))]
pub struct HealingServiceSpec {
    /// Number of pods to keep running.
    #[healing(replicas, minimum(1, "replicaCount must be greater than 0"), column = "Replicas")]
    pub replica_count: i32,

    /// Heal while fewer pods than this are healthy.
    #[healing(health_threshold, default = 3)]
    #[healing(rule(health_threshold >= 1, "healthThreshold must be at least 1"))]
    #[healing(rule(health_threshold <= replica_count, "healthThreshold cannot exceed replicaCount"))]
    pub health_threshold: i32,

    /// Failed heals in a row before the breaker opens.
    #[healing(failure_threshold, default = 5, minimum = 1)]
    pub failure_threshold: i32,
}

impl Workload for HealingService {
    fn pod(&self) -> PodTemplateSpec {
        pod_template([container("app", "nginx:latest")])
    }
}

/// The operator, for `main` and for tests
pub fn operator() -> Operator {
    Operator::new("healing-operator").resource::<HealingService>()
}

fn main() -> ExitCode {
    // the sandbox is only for examples: it is used where no cluster is configured
    operator().sandbox(healing_sandbox::embedded).main()
}
