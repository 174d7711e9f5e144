//! The validating webhook: what its configuration says
//!
//! Which rules it enforces follows from the blueprint; how it is served is the runtime's business.

use serde::{Deserialize, Serialize};

/// What was said in `webhook(...)`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Webhook {
    /// What happens to a write while the webhook does not answer; default Fail
    pub failure_policy: FailurePolicy,
    /// Seconds that the API server waits for an answer; default 10, 1 to 30
    pub timeout_seconds: u32,
}

/// What happens to a write while a webhook does not answer
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum FailurePolicy {
    /// The write is refused
    #[default]
    Fail,
    /// The write passes unchecked
    Ignore,
}

// === impl Webhook ===

impl Default for Webhook {
    fn default() -> Self {
        Self { failure_policy: FailurePolicy::Fail, timeout_seconds: 10 }
    }
}

// === impl FailurePolicy ===

impl FailurePolicy {
    /// Every policy, in the order of the documentation
    pub const ALL: &'static [Self] = &[Self::Fail, Self::Ignore];

    /// The word used in a `ValidatingWebhookConfiguration` and in attributes
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Fail => "Fail",
            Self::Ignore => "Ignore",
        }
    }
}
