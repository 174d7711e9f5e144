//! What the user says about a resource beside its spec: what one of its pods looks like, and what it owns besides

use k8s_openapi::api::core::v1::PodTemplateSpec;

use crate::{HealingResource, Object};

/// The pods of a resource
pub trait Workload: HealingResource {
    /// The template of one pod
    ///
    /// A pure function of the object: pods are compared by the hash of what it returns. Name, namespace, owner
    /// reference and the labels that healing needs are set by the framework.
    fn pod(&self) -> PodTemplateSpec;

    /// What the resource owns beside its pods: config maps, services, claims, disruption budgets; default: nothing
    ///
    /// A pure function of the object, of the kinds that `#[healing(owns(...))]` declares, each with a name. They are
    /// applied on the server's side before pods are made; a field that somebody changes is set back, fields that only
    /// others set are left alone. What is not given any more is deleted, with all that is in it: take care with
    /// claims. Namespace, owner reference and the labels that healing needs are set by the framework.
    ///
    /// ```
    /// use healing_runtime::Object;
    /// use k8s_openapi::api::core::v1::ConfigMap;
    ///
    /// let mut settings = ConfigMap::default();
    /// settings.metadata.name = Some("web-settings".to_owned());
    /// settings.data = Some([("mode".to_owned(), "fast".to_owned())].into());
    /// let objects = vec![Object::from(settings)];
    /// ```
    fn objects(&self) -> Vec<Object> {
        Vec::new()
    }
}
