//! The policy of one object: what its fields declare, together with the knobs

use serde::{Deserialize, Serialize};

use crate::Knobs;

/// What the fields of one object say, by role
///
/// Read by generated code from the typed spec. Roles that no field plays are absent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Declared {
    /// Value of the `replicas` role
    pub replicas: i32,
    /// Value of the `health_threshold` role
    pub health_threshold: Option<i32>,
    /// Value of the `failure_threshold` role
    pub failure_threshold: Option<i32>,
}

/// All that decisions about one object depend on besides what is observed
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Policy {
    /// Desired live pods; 0 means scaled to zero
    pub replicas: u32,
    /// Heal while fewer pods than this are healthy; absent: every candidate is its own trigger
    pub health_threshold: Option<u32>,
    /// Everything else
    pub knobs: Knobs,
}
