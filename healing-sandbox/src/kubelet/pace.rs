//! How fast simulated pods live
//!
//! It owns durations only; which of them applies when is decided in `pod` and the files around it.

use std::time::Duration;

/// How long each step in the life of a simulated pod takes
///
/// Start from [`Pace::real`] or [`Pace::quick`] and change single fields. The fields are read when a step is due, so
/// nothing here changes what happens, only when.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Pace {
    /// From `ContainerCreating` to running; also the length of each init container
    pub start_up: Duration,
    /// From running to ready, for containers with a readiness probe; without one they are ready as they run
    pub readiness: Duration,
    /// How long a container or pod is left alone before a failure strikes that needs it running
    pub strike: Duration,
    /// From the first exit of a container to its restart, which the kubelet does not delay
    pub restart: Duration,
    /// From the second exit in a row to the restart; doubles with every further one
    pub backoff: Duration,
    /// Longest wait before a restart; a run of twice this length starts the series anew
    pub backoff_max: Duration,
    /// Between two attempts to start a container that could not be started, such as two image pulls
    pub retry: Duration,
    /// How long containers take to end after a deletion; never later than the pod's grace period allows
    pub termination: Duration,
    /// Between two heartbeats of a node; its lease lasts 40 s
    pub heartbeat: Duration,
}

// === impl Pace ===

impl Pace {
    /// As a real kubelet: restarts after 10, 20, 40 … 300 s
    pub fn real() -> Self {
        Self {
            start_up: Duration::from_secs(2),
            readiness: Duration::from_secs(1),
            strike: Duration::from_secs(1),
            restart: Duration::from_secs(1),
            backoff: Duration::from_secs(10),
            backoff_max: Duration::from_mins(5),
            retry: Duration::from_secs(10),
            termination: Duration::from_secs(1),
            heartbeat: Duration::from_secs(10),
        }
    }

    /// For people who look on: as a real kubelet, but a crash loop waits 2, 4, 8, at most 15 s
    pub fn lively() -> Self {
        Self { backoff: Duration::from_secs(2), backoff_max: Duration::from_secs(15), ..Self::real() }
    }

    /// For tests: a pod is up after about 100 ms, restarts come after 100, 200, 400 ms … 3 s
    pub fn quick() -> Self {
        Self {
            start_up: Duration::from_millis(100),
            readiness: Duration::from_millis(50),
            strike: Duration::from_millis(50),
            restart: Duration::from_millis(50),
            backoff: Duration::from_millis(100),
            backoff_max: Duration::from_secs(3),
            retry: Duration::from_millis(200),
            termination: Duration::from_millis(50),
            heartbeat: Duration::from_secs(10),
        }
    }

    /// Wait between the `exits`th exit in a row and the restart after it
    pub(crate) fn before_restart(&self, exits: u32) -> Duration {
        if exits < 2 {
            return self.restart;
        }
        let factor = 2_u32.saturating_pow(exits - 2);
        self.backoff.saturating_mul(factor).min(self.backoff_max)
    }

    /// Length of a run after which earlier exits are forgotten
    pub(crate) fn forgiving_run(&self) -> Duration {
        self.backoff_max.saturating_mul(2)
    }
}

impl Default for Pace {
    fn default() -> Self {
        Self::real()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backoff_doubles_up_to_its_limit() {
        let pace = Pace::real();
        let waits: Vec<_> = (1..=9).map(|exits| pace.before_restart(exits).as_secs()).collect();
        assert_eq!(waits, [1, 10, 20, 40, 80, 160, 300, 300, 300]);
        assert_eq!(pace.before_restart(u32::MAX), pace.backoff_max);
    }
}
