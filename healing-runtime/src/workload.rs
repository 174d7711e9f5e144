//! What the user says about a resource beside its spec: what one of its pods looks like

use k8s_openapi::api::core::v1::PodTemplateSpec;

use crate::HealingResource;

/// The pods of a resource
pub trait Workload: HealingResource {
    /// The template of one pod
    ///
    /// A pure function of the object: pods are compared by the hash of what it returns. Name, namespace, owner
    /// reference and the labels that healing needs are set by the framework.
    fn pod(&self) -> PodTemplateSpec;
}
