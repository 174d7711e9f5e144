//! What a Widget is, what its pods look like, and the operator that keeps them healthy

use healing::prelude::*;

/// A replicated service that replaces its own broken pods.
#[derive(HealingResource, Clone, Debug, PartialEq)]
#[serde(rename_all = "camelCase")]
#[healing(group = "example.com", version = "v1alpha1")]
#[healing(kind = "Widget")]
pub struct WidgetSpec {
    /// Number of pods to keep running.
    #[healing(replicas, minimum = 1, column = "Replicas")]
    pub replicas: i32,

    /// Heal while fewer pods than this are healthy.
    #[healing(health_threshold, default = 1, minimum = 1)]
    #[healing(rule(health_threshold <= replicas, "healthThreshold cannot exceed replicas"))]
    pub health_threshold: i32,

    /// Image that the pods run.
    #[healing(default = "nginx:1.29", min_length = 1, max_length = 512)]
    pub image: String,
}

impl Workload for Widget {
    fn pod(&self) -> PodTemplateSpec {
        pod_template([container("app", self.spec.image.as_str())])
    }
}

/// The operator, for its program, for tests and for the sandbox
pub fn operator() -> Operator {
    Operator::new(env!("CARGO_PKG_NAME"))
        .version(env!("CARGO_PKG_VERSION"))
        .resource::<Widget>()
}
