//! What the user's own check says of a pod that is Ready
//!
//! When it is asked, and what is done about it, is decided elsewhere.

use serde::{Deserialize, Serialize};

/// A verdict of your own on the health of a pod that is Ready
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Verdict {
    /// As healthy as its readiness says
    #[default]
    Healthy,
    /// It is to be replaced, for this reason, if it is said again and again
    Unhealthy(String),
    /// It cannot be told now: nothing is done because of it
    Unknown,
}

// === impl Verdict ===

impl Verdict {
    /// The pod is to be replaced, for this reason, if it is said again and again
    pub fn unhealthy(reason: impl Into<String>) -> Self {
        Self::Unhealthy(reason.into())
    }
}
