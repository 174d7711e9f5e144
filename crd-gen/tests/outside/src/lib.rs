//! An operator outside of the workspace that calls healing by another name and denies every warning
#![deny(warnings, missing_docs, unused_qualifications, clippy::pedantic)]
#![forbid(unsafe_code)]

use h::prelude::*;

/// How a tool is kept.
#[derive(HealingSchema, Clone, Debug, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct Care {
    /// Days between two looks.
    #[healing(minimum = 1, maximum = 365)]
    pub days_between: i32,
}

/// A service whose pods are kept.
#[derive(HealingResource, Clone, Debug, PartialEq)]
#[serde(rename_all = "camelCase")]
#[healing(group = "outside.test", version = "v1", kind = "Tool")]
pub struct ToolSpec {
    /// Number of pods to keep running.
    #[healing(replicas, minimum = 1)]
    pub replicas: i32,

    /// Heal while fewer pods than this are healthy.
    #[healing(health_threshold, default = 1)]
    #[healing(rule(health_threshold <= replicas, "healthThreshold cannot exceed replicas"))]
    pub health_threshold: i32,

    /// How it is kept.
    pub care: Option<Care>,
}

impl Workload for Tool {
    fn pod(&self) -> PodTemplateSpec {
        pod_template([container("app", "nginx")])
    }
}

/// The operator
pub fn operator() -> Operator {
    Operator::new("tool-operator").resource::<Tool>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definition_has_what_was_declared() {
        let definition = operator().definitions().swap_remove(0).to_string();
        for part in ["tools.outside.test", "daysBetween", "healthThreshold cannot exceed replicas"] {
            assert!(definition.contains(part), "{part} in {definition}");
        }
    }
}
