//! Everything that a resource and its operator name, for one `use healing::prelude::*`

pub use std::process::ExitCode;

pub use k8s_openapi::{
    api::core::v1::{Pod, PodTemplateSpec},
    apimachinery::pkg::util::intstr::IntOrString,
};
pub use kube::ResourceExt;

pub use crate::{
    HealingResource, HealingSchema, Object, Operator, Verdict, Workload, container, pod_template,
};
