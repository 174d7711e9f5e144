//! Where the sandbox takes its time from, the only place with a clock and a timer
//!
//! It decides nothing: pace and order are the business of whoever asks.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

/// Source of the current time and of waiting
///
/// Waiting always goes through tokio's timer, so a runtime with paused time moves on by itself. [`Clock::starting_at`]
/// also reads the time from that timer and thus follows paused time; [`Clock::system`] reads the machine's clock.
#[derive(Clone, Debug)]
pub struct Clock {
    source: Source,
    /// Microseconds by which it goes wrong
    skew: Arc<AtomicI64>,
}

/// Keeps a clock wrong: it is right again when the guard is dropped
#[derive(Debug)]
#[must_use = "the clock is right again as soon as its guard is dropped"]
pub struct SkewGuard {
    clock: Clock,
    micros: i64,
}

#[derive(Clone, Debug)]
enum Source {
    System,
    Timer { origin: Timestamp, started: Instant },
}

/// Largest skew of one guard: more than all times there are, and several of them can be added
const SKEW_MAX_MICROS: i128 = i64::MAX as i128 / 16;

// === impl Clock ===

impl Clock {
    /// The clock of the machine
    pub fn system() -> Self {
        Self::of(Source::System)
    }

    /// A clock that shows `origin` now and goes on with tokio's timer, also where that one is paused
    pub fn starting_at(origin: Timestamp) -> Self {
        Self::of(Source::Timer { origin, started: Instant::now() })
    }

    /// A clock of somebody else that shows the same, and can go wrong by itself
    pub(crate) fn apart(&self) -> Self {
        Self::of(self.source.clone())
    }

    /// Lets this clock and its clones show a time that is so much later, or earlier
    pub(crate) fn skew(&self, by: SignedDuration) -> SkewGuard {
        let micros = by.as_micros().clamp(-SKEW_MAX_MICROS, SKEW_MAX_MICROS);
        let micros = i64::try_from(micros).unwrap_or_default();
        self.skew.fetch_add(micros, Ordering::Relaxed);
        SkewGuard { clock: self.clone(), micros }
    }

    fn of(source: Source) -> Self {
        Self { source, skew: Arc::default() }
    }

    /// The time now
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
    pub fn now(&self) -> Timestamp {
        let now = match &self.source {
            Source::System => Timestamp::now(),
            Source::Timer { origin, started } => later(*origin, started.elapsed()),
        };
        let skew = SignedDuration::from_micros(self.skew.load(Ordering::Relaxed));
        now.checked_add(skew).unwrap_or(if skew.is_negative() { Timestamp::MIN } else { Timestamp::MAX })
    }

    /// Waits until `deadline` has come; for a deadline in the past not at all
    pub(crate) async fn sleep_until(&self, deadline: Timestamp) {
        let left = Duration::try_from(deadline.duration_since(self.now())).unwrap_or(Duration::ZERO);
        self.sleep(left).await;
    }

    /// Waits for `duration`
    #[expect(clippy::disallowed_methods, reason = "the one place that waits for time to pass")]
    pub(crate) async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::system()
    }
}

// === impl SkewGuard ===

impl Drop for SkewGuard {
    fn drop(&mut self) {
        self.clock.skew.fetch_sub(self.micros, Ordering::Relaxed);
    }
}

/// `time` plus `duration`, at most the end of time
pub(crate) fn later(time: Timestamp, duration: Duration) -> Timestamp {
    time.checked_add(duration).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_clock_with_an_origin_follows_paused_time() {
        let origin = "2026-01-01T00:00:00Z".parse().unwrap();
        let clock = Clock::starting_at(origin);
        let deadline = later(origin, Duration::from_hours(1));
        clock.sleep_until(deadline).await;
        assert_eq!(clock.now(), deadline);
        clock.sleep_until(origin).await;
        assert_eq!(clock.now(), deadline, "the past is not waited for");
    }

    #[test]
    fn what_no_timestamp_can_show_is_its_end() {
        let clock = Clock::system();
        for (by, shown) in [(SignedDuration::MIN, Timestamp::MIN), (SignedDuration::MAX, Timestamp::MAX)] {
            let guard = clock.skew(by);
            assert_eq!(clock.now(), shown);
            drop(guard);
        }
        assert!(clock.now() > Timestamp::UNIX_EPOCH && clock.now() < Timestamp::MAX);
    }
}
