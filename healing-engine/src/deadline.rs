//! Points in time: when a wait is over, and which deadline comes first
//!
//! It does not know what is waited for, and it reads no clock: `now` is always an argument.

use jiff::{SignedDuration, Timestamp};

use crate::Wait;

/// API times have whole seconds: a wait is over for certain one second later than it looks
const ROUNDING_SECS: i64 = 1;

/// `secs` after `time`, at most the end of time
pub(crate) fn after(time: Timestamp, secs: i64) -> Timestamp {
    time.saturating_add(SignedDuration::from_secs(secs)).unwrap_or(Timestamp::MAX)
}

/// When a wait of `secs` that began at `since` is over
pub(crate) fn wait_over(since: Timestamp, secs: u32) -> Timestamp {
    after(since, i64::from(secs) + ROUNDING_SECS)
}

/// Whole seconds from `earlier` to `later`, negative if they are in the wrong order
pub(crate) fn secs_between(earlier: Timestamp, later: Timestamp) -> i64 {
    later.duration_since(earlier).as_secs()
}

/// `time` without its fraction of a second, as the API keeps it
pub(crate) fn whole_seconds(time: Timestamp) -> Timestamp {
    Timestamp::from_second(time.as_second()).unwrap_or(time)
}

/// The earliest of all deadlines that lie in the future
#[derive(Debug)]
pub(crate) struct Deadlines {
    now: Timestamp,
    earliest: Option<Wait>,
}

// === impl Deadlines ===

impl Deadlines {
    pub(crate) fn new(now: Timestamp) -> Self {
        Self { now, earliest: None }
    }

    /// Look again at this time; a deadline that has passed has had its effect already and is ignored
    pub(crate) fn add(&mut self, until: Timestamp, reason: &str) {
        let earlier = self.earliest.as_ref().is_none_or(|wait| until < wait.until);
        if until > self.now && earlier {
            self.earliest = Some(Wait { until, reason: reason.to_owned() });
        }
    }

    pub(crate) fn earliest(self) -> Option<Wait> {
        self.earliest
    }
}
