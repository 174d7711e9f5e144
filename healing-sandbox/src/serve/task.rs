//! The tasks of one front, so that none outlives it
//!
//! It owns how they are told to finish and how they are made to. What there is to finish is their own business.

use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// The tasks of one front and its end; clones are the same
#[derive(Clone, Debug, Default)]
pub(super) struct Tasks {
    tracker: TaskTracker,
    stop: CancellationToken,
    end: CancellationToken,
}

// === impl Tasks ===

impl Tasks {
    /// How long the tasks have, once they are told to finish
    const DRAIN: Duration = Duration::from_secs(6);

    /// Runs a task until it is done, or until [`Tasks::end`]
    #[expect(clippy::disallowed_methods, reason = "tracked, and ended with the front")]
    pub(super) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let end = self.end.clone();
        let task = async move {
            end.run_until_cancelled_owned(task).await;
        };
        drop(tokio::spawn(self.tracker.track_future(task)));
    }

    /// Waits until the tasks are to finish
    pub(super) async fn stopping(&self) {
        self.stop.cancelled().await;
    }

    /// The same as a value that can be kept
    pub(super) fn stopped(&self) -> CancellationToken {
        self.stop.clone()
    }

    /// Tells the tasks to finish, waits for them as long as they have, and ends the rest
    pub(super) async fn stop(&self) {
        self.stop.cancel();
        self.tracker.close();
        if tokio::time::timeout(Self::DRAIN, self.tracker.wait()).await.is_err() {
            tracing::debug!(left = self.tracker.len(), "connections were still open at the end");
        }
        self.end.cancel();
        self.tracker.wait().await;
    }

    /// Ends all tasks where they stand
    pub(super) fn end(&self) {
        self.stop.cancel();
        self.end.cancel();
    }
}

impl<F> hyper::rt::Executor<F> for Tasks
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    fn execute(&self, task: F) {
        self.spawn(async move {
            task.await;
        });
    }
}
