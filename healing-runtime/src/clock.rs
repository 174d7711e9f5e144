//! Time: what now is, and waiting for it to pass
//!
//! The only file that reads the wall clock or sleeps. Everything else takes a [`Clock`], so that a test on paused
//! tokio time moves all of it at once. Deadlines of single calls are tokio timeouts, which paused time moves too.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

/// A source of time that is passed to whoever needs it
#[derive(Clone, Debug)]
pub(crate) struct Clock {
    /// What it shows at `origin`; `None`: what the computer's clock shows
    start: Option<Timestamp>,
    origin: Instant,
}

// === impl Clock ===

impl Clock {
    /// The computer's clock
    pub(crate) fn wall() -> Self {
        Self { start: None, origin: Instant::now() }
    }

    /// A clock that shows `start` now and moves with tokio's time, which tests can pause and advance
    pub(crate) fn tokio(start: Timestamp) -> Self {
        Self { start: Some(start), origin: Instant::now() }
    }

    /// The time now
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the wall clock")]
    pub(crate) fn now(&self) -> Timestamp {
        self.start.map_or_else(Timestamp::now, |start| add(start, self.elapsed()))
    }

    /// How long this clock and its clones have run: nothing sets it, so it is what rights to write are measured with
    pub(crate) fn elapsed(&self) -> Duration {
        self.origin.elapsed()
    }

    /// Waits for `duration`
    #[expect(clippy::disallowed_methods, reason = "the one place that sleeps")]
    pub(crate) async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }

    /// Waits until this clock shows `until`; a time that has passed is no wait
    pub(crate) async fn sleep_until(&self, until: Timestamp) {
        loop {
            let left = since(self.now(), until);
            if left.is_zero() {
                return;
            }
            // A wall clock that is set back while we sleep makes the next round sleep the rest.
            self.sleep(left).await;
        }
    }
}

/// `time` and `duration` later, at most the last time that can be told
pub(crate) fn add(time: Timestamp, duration: Duration) -> Timestamp {
    SignedDuration::try_from(duration)
        .ok()
        .and_then(|duration| time.checked_add(duration).ok())
        .unwrap_or(Timestamp::MAX)
}

/// How long after `earlier` the time `later` is; zero if it is not later
pub(crate) fn since(earlier: Timestamp, later: Timestamp) -> Duration {
    Duration::try_from(later.duration_since(earlier)).unwrap_or(Duration::ZERO)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn moves_with_tokio_time() {
        let start: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let clock = Clock::tokio(start);
        clock.sleep_until(add(start, Duration::from_secs(90))).await;
        assert_eq!(clock.now(), add(start, Duration::from_secs(90)));
        clock.sleep_until(start).await;
        assert_eq!(since(start, clock.now()), Duration::from_secs(90));
        assert_eq!(since(clock.now(), start), Duration::ZERO);
    }
}
