//! An operator with short waits, for cases in which healing has to fail many times
//!
//! The documented one waits minutes between trials; this one differs in its policy alone, and has no rule that ties
//! the threshold to the number of pods, so that both can be changed on their own.

use healing::prelude::*;

/// Name of the operator
pub(crate) const NAME: &str = "brisk-operator";
/// Longest wait between heals of a slot; trials come after three of them, later than a heal takes to fail
pub(crate) const HEAL_BACKOFF_MAX_SECS: i64 = 6;

/// Annotation with what is wrong with a pod that is Ready
pub(crate) const VERDICT: &str = "harness.test/verdict";

/// A service whose pods are given up quickly.
#[derive(HealingResource, Clone, Debug)]
#[serde(rename_all = "camelCase")]
#[healing(group = "harness.test", version = "v1", kind = "BriskService")]
#[healing(finalizer = "harness.test/cleanup-protection", assess)]
#[healing(policy(heal_backoff = 1, heal_backoff_max = 6, restart_threshold = 1))]
pub(crate) struct BriskServiceSpec {
    /// Number of pods to keep running.
    #[healing(replicas, minimum = 1)]
    replica_count: i32,

    /// Heal while fewer pods than this are healthy.
    #[healing(health_threshold, default = 3, minimum = 1)]
    health_threshold: i32,

    /// Failed heals in a row before the breaker opens.
    #[healing(failure_threshold, default = 5, minimum = 1)]
    failure_threshold: i32,

    /// Unhealthy pods above which heals wait.
    #[healing(max_unhealthy)]
    max_unhealthy: Option<IntOrString>,

    /// Seconds that they wait at most for that to end.
    #[healing(storm_pause)]
    storm_pause_seconds: Option<i32>,

    /// How Ready pods leave.
    #[healing(ready_removal)]
    ready_removal: Option<String>,

    /// Image of the pods.
    #[healing(default = "nginx:latest", min_length = 1, max_length = 200)]
    image: String,

    /// Seconds that a new spec may stand still.
    #[healing(progress_deadline, default = 600)]
    progress_deadline_seconds: i32,

    /// Seconds after the operator's start in which nothing is removed.
    #[healing(leader_warmup, default = 0)]
    leader_warmup_seconds: i32,

    /// Stored templates to keep, beyond those in use.
    #[healing(revision_history)]
    revision_history: Option<i32>,

    /// Whether an image that does not work is given up for the last one that did.
    #[healing(auto_rollback)]
    auto_rollback: Option<bool>,
}

impl Workload for BriskService {
    fn pod(&self) -> PodTemplateSpec {
        pod_template([container("app", &self.spec.image)])
    }

    /// As an annotation of the pod has it
    fn assess(&self, pod: &Pod) -> Verdict {
        match pod.annotations().get(VERDICT).map(String::as_str) {
            None => Verdict::Healthy,
            Some("panic") => panic!("a bug of the case"),
            Some(reason) => Verdict::unhealthy(reason),
        }
    }
}

pub(crate) fn operator() -> Operator {
    Operator::new(NAME).resource::<BriskService>()
}

pub(crate) fn main() -> ExitCode {
    operator().main()
}
