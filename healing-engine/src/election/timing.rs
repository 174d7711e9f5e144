//! The three durations of an election, and the relation that makes it safe

use std::time::Duration;

/// How long things take in an election
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    /// How long others wait after they last saw the lease change
    pub lease: Duration,
    /// How long a leader is valid after it asked for its last renewal, and how long it then tries to renew
    pub renew_deadline: Duration,
    /// Wait between two attempts; made longer by up to a fifth
    pub retry: Duration,
}

/// Why durations do not fit together
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimingError {
    /// Not retried: a leader would still be valid when others take over
    LeaseNotLonger,
    /// Not retried: a leader would end before its second attempt to renew
    RenewDeadlineNotLonger,
    /// Not retried: the API server wants whole seconds, from one on, and longer ones are never meant
    LeaseOutOfRange,
    /// Not retried: without a wait the API server would be flooded
    RetryTooShort,
}

// === impl Timing ===

impl Timing {
    /// A wait between attempts is made longer by at most this share
    pub(crate) const JITTER: f64 = 0.2;
    /// The longest lease that may be asked for, and the longest that a lease is believed to be
    pub(crate) const LEASE_MAX: Duration = Duration::from_mins(10);
    const RETRY_MIN: Duration = Duration::from_millis(100);

    /// Checks the relation between the three
    ///
    /// # Errors
    /// [`TimingError`], the first rule that is broken.
    pub fn check(&self) -> Result<(), TimingError> {
        if self.lease.subsec_nanos() != 0 || self.lease.is_zero() || self.lease > Self::LEASE_MAX {
            return Err(TimingError::LeaseOutOfRange);
        }
        if self.retry < Self::RETRY_MIN {
            return Err(TimingError::RetryTooShort);
        }
        if self.lease <= self.renew_deadline {
            return Err(TimingError::LeaseNotLonger);
        }
        if self.renew_deadline <= self.longest_pause() {
            return Err(TimingError::RenewDeadlineNotLonger);
        }
        Ok(())
    }

    /// How long one attempt may take; also how long a write that a leader sends may take
    ///
    /// Half of the renew deadline: a hung attempt leaves time for a second one, and a leader that renews as it should
    /// always has as much left.
    pub fn attempt(&self) -> Duration {
        self.renew_deadline / 2
    }

    /// The wait between two attempts; `jitter` is from `0.0..1.0`
    pub(crate) fn pause(&self, jitter: f64) -> Duration {
        self.retry.mul_f64(1.0 + Self::JITTER * jitter.clamp(0.0, 1.0))
    }

    fn longest_pause(&self) -> Duration {
        self.pause(1.0)
    }
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            lease: Duration::from_secs(15),
            renew_deadline: Duration::from_secs(10),
            retry: Duration::from_secs(2),
        }
    }
}

impl std::fmt::Display for TimingError {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(match self {
            Self::LeaseNotLonger => "the lease duration must be longer than the renew deadline",
            Self::RenewDeadlineNotLonger => {
                "the renew deadline must be longer than 1.2 times the retry period"
            }
            Self::LeaseOutOfRange => "the lease duration must be whole seconds from 1s to 600s",
            Self::RetryTooShort => "the retry period must be at least 100ms",
        })
    }
}

impl std::error::Error for TimingError {}
