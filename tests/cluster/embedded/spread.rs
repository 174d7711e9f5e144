//! An operator whose resource belongs to no namespace, and whose pods are in one

use healing::prelude::*;
use k8s_openapi::api::core::v1::ConfigMap;

/// Name of the operator
pub(crate) const NAME: &str = "spread-operator";
/// Namespace of its pods, which is that of the one case that it is for
pub(crate) const NAMESPACE: &str = "cluster-scope-pods-are-in-the-declared-namespace";

/// A service of the whole cluster.
#[derive(HealingResource, Clone, Debug)]
#[serde(rename_all = "camelCase")]
#[healing(group = "harness.test", version = "v1", kind = "SpreadService", scope = "Cluster")]
#[healing(pod_namespace = "cluster-scope-pods-are-in-the-declared-namespace")]
#[healing(finalizer = "harness.test/cleanup-protection")]
#[healing(owns(ConfigMap))]
pub(crate) struct SpreadServiceSpec {
    /// Number of pods to keep running.
    #[healing(replicas, minimum = 1)]
    replica_count: i32,
}

impl Workload for SpreadService {
    fn pod(&self) -> PodTemplateSpec {
        pod_template([container("app", "nginx:latest")])
    }

    fn objects(&self) -> Vec<Object> {
        let mut settings = ConfigMap::default();
        settings.metadata.name = Some(self.name_any());
        vec![settings.into()]
    }
}

pub(crate) fn operator() -> Operator {
    Operator::new(NAME).resource::<SpreadService>()
}

pub(crate) fn main() -> ExitCode {
    operator().main()
}
