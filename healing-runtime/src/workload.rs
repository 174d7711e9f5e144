//! What the user says about a resource beside its spec: what one of its pods looks like, what it owns besides, and
//! what is wrong with a pod that Kubernetes takes for healthy

use k8s_openapi::api::core::v1::{Pod, PodTemplateSpec};

use crate::{HealingResource, Object, verdict::Opinion as _};

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

    /// Your own verdict on the health of a pod that is Ready, for kinds with `#[healing(assess)]`; default: healthy
    ///
    /// ```ignore
    /// fn assess(&self, pod: &Pod) -> Verdict {
    ///     match pod.metadata.annotations.as_ref().and_then(|all| all.get("example.com/lag-seconds")) {
    ///         Some(lag) if lag.parse().is_ok_and(|lag: u32| lag > 300) => Verdict::unhealthy("it lags behind"),
    ///         _ => Verdict::Healthy,
    ///     }
    /// }
    /// ```
    ///
    /// Asked about each Ready pod at each look at the resource: when anything about it or its pods changes, when a
    /// deadline passes, and every ten minutes. It must be quick and must not wait: it sees the object and the pod and asks
    /// nobody. A pod that is unhealthy at three looks a second or more apart is healed with the cause `Custom`, by
    /// eviction. [`Verdict::Unknown`](crate::Verdict::Unknown) heals nothing, and a panic counts as that.
    fn assess(&self, pod: &Pod) -> Self::Opinion {
        let _ = pod;
        Self::Opinion::none()
    }
}
