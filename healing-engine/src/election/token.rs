//! The right to write: of which term, and until when

use std::time::Duration;

/// What a leader must hold to send a write
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// `leaseTransitions` of the term: no two terms of one lease have the same
    pub epoch: i32,
    /// End of the right, on the leader's own clock
    pub valid_until: Duration,
}

// === impl Token ===

impl Token {
    /// Whether a request that may take `timeout` ends while the token is valid
    pub fn covers(&self, now: Duration, timeout: Duration) -> bool {
        self.valid_until.saturating_sub(now) > timeout
    }
}
