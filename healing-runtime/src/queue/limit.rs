//! How long a failed key waits: doubling from a base to a cap, with jitter
//!
//! It counts nothing itself: the number of failures in a row is the key's, kept by the queue.

use std::time::Duration;

/// Base and cap of the backoff of one key
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limit {
    /// Longest wait after the first failure
    pub(crate) base: Duration,
    /// Longest wait after any number of failures
    pub(crate) cap: Duration,
}

impl Default for Limit {
    /// The documented limiter: 5 s, doubling to 300 s
    fn default() -> Self {
        Self { base: Duration::from_secs(5), cap: Duration::from_mins(5) }
    }
}

// === impl Limit ===

impl Limit {
    /// The wait after this many failures in a row, between half of the doubled base and all of it
    ///
    /// Jitter only shortens, so the cap holds.
    pub(crate) fn delay(&self, failures: u32, rng: &mut fastrand::Rng) -> Duration {
        let doubled = 1_u32
            .checked_shl(failures.saturating_sub(1))
            .and_then(|factor| self.base.checked_mul(factor))
            .map_or(self.cap, |delay| delay.min(self.cap));
        let half = doubled / 2;
        half + half.mul_f64(rng.f64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_to_the_cap_and_never_overflows() {
        let limit = Limit::default();
        let mut rng = fastrand::Rng::with_seed(1);
        for (failures, longest) in [(1, 5), (2, 10), (3, 20), (6, 160), (7, 300), (40, 300), (u32::MAX, 300)]
        {
            for _ in 0..50 {
                let delay = limit.delay(failures, &mut rng);
                let longest = Duration::from_secs(longest);
                assert!(delay <= longest && delay >= longest / 2, "{failures} failures: {delay:?}");
            }
        }
    }
}
