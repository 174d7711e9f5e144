//! Roles: the meaning that a spec field has for healing

use serde::{Deserialize, Serialize};

/// A meaning that a field of the spec can have
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Desired number of live pods; the one mandatory role
    Replicas,
    /// Heal while fewer pods than this are healthy
    HealthThreshold,
    /// Failed heals in a row before the breaker opens
    FailureThreshold,
}

/// A role and the spec field that plays it
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RoleBinding {
    /// The meaning
    pub role: Role,
    /// The field's name in the spec as serialized, such as `replicaCount`
    pub field: String,
}

// === impl Role ===

impl Role {
    /// Every role, in the order of the documentation
    pub const ALL: &'static [Self] = &[Self::Replicas, Self::HealthThreshold, Self::FailureThreshold];

    /// The word used in `#[healing(...)]`
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Replicas => "replicas",
            Self::HealthThreshold => "health_threshold",
            Self::FailureThreshold => "failure_threshold",
        }
    }
}
