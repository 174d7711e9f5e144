//! The user's hands for a pod template: the few lines that most workloads need
//!
//! It owns only convenience. What the framework adds to a template (name, owner, labels) is in `act::create`.

use k8s_openapi::{
    api::core::v1::{Container, PodSpec, PodTemplateSpec},
    apimachinery::pkg::apis::meta::v1::ObjectMeta,
};

/// A template with these containers and nothing else
///
/// ```
/// use healing_runtime::{container, pod_template};
///
/// let template = pod_template([container("app", "nginx:latest")]);
/// assert_eq!(template.spec.unwrap().containers[0].name, "app");
/// ```
pub fn pod_template(containers: impl IntoIterator<Item = Container>) -> PodTemplateSpec {
    PodTemplateSpec {
        metadata: Some(ObjectMeta::default()),
        spec: Some(PodSpec { containers: containers.into_iter().collect(), ..PodSpec::default() }),
    }
}

/// A container with a name and an image; everything else is the API server's default
pub fn container(name: impl Into<String>, image: impl Into<String>) -> Container {
    Container { name: name.into(), image: Some(image.into()), ..Container::default() }
}
