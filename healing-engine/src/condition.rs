//! Conditions of a resource, with the fields of Kubernetes' own `metav1.Condition`
//!
//! It owns the shape and the rule about `lastTransitionTime`; which conditions hold is decided in `status`.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One condition
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Condition {
    /// Type of the condition, such as Ready.
    #[serde(rename = "type")]
    pub kind: String,
    /// Status of the condition.
    pub status: ConditionStatus,
    /// Generation of the resource that the condition was decided on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// When the status changed last.
    pub last_transition_time: Timestamp,
    /// Machine-readable reason.
    pub reason: String,
    /// The same for humans: cause, pods and what to do.
    pub message: String,
}

/// Status of a condition
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum ConditionStatus {
    /// It holds
    True,
    /// It does not
    False,
    /// It cannot be told
    Unknown,
}

// === impl ConditionStatus ===

impl From<bool> for ConditionStatus {
    fn from(holds: bool) -> Self {
        if holds { Self::True } else { Self::False }
    }
}

// === impl Condition ===

impl Condition {
    /// The condition of this type among `conditions`
    pub fn find<'c>(conditions: &'c [Self], kind: &str) -> Option<&'c Self> {
        conditions.iter().find(|condition| condition.kind == kind)
    }

    /// Whether it holds
    pub fn is_true(&self) -> bool {
        self.status == ConditionStatus::True
    }

    /// The same with the transition time of its predecessor, if the status has not changed
    pub(crate) fn succeeding(self, previous: Option<&Self>) -> Self {
        match previous {
            Some(previous) if previous.status == self.status => {
                Self { last_transition_time: previous.last_transition_time, ..self }
            }
            _ => self,
        }
    }
}
