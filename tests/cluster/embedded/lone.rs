//! An operator of pods that must never run twice: each slot waits for its old pod, and stuck pods of dead nodes are forced
//!
//! The only one in this binary that reads nodes.

use healing::prelude::*;

/// Name of the operator
pub(crate) const NAME: &str = "lone-operator";

/// A service whose pods are alone in their slots.
#[derive(HealingResource, Clone, Debug)]
#[serde(rename_all = "camelCase")]
#[healing(group = "harness.test", version = "v1", kind = "LoneService")]
#[healing(finalizer = "harness.test/cleanup-protection")]
#[healing(policy(replacement = "gone", force_delete = true, stuck_terminating_after = 10))]
pub(crate) struct LoneServiceSpec {
    /// Number of pods to keep running.
    #[healing(replicas, minimum = 1)]
    replica_count: i32,

    /// Image of the pods.
    #[healing(default = "nginx:latest", min_length = 1, max_length = 200)]
    image: String,

    /// Node that its pods are put on, past the scheduler.
    #[healing(max_length = 253)]
    node: Option<String>,
}

impl Workload for LoneService {
    fn pod(&self) -> PodTemplateSpec {
        let mut template = pod_template([container("app", &self.spec.image)]);
        let spec = template.spec.get_or_insert_default();
        spec.node_name.clone_from(&self.spec.node);
        spec.termination_grace_period_seconds = Some(1);
        template
    }
}

pub(crate) fn operator() -> Operator {
    Operator::new(NAME).resource::<LoneService>()
}

pub(crate) fn main() -> ExitCode {
    operator().main()
}
