//! The end of the process: who is told, who is waited for and for how long
//!
//! It owns the tasks of the process: nothing is spawned past it, so nothing outlives the drain and no panic goes
//! unseen. Which exit code an end has is decided in `main`.

use std::{
    any::Any,
    fmt, io,
    panic::AssertUnwindSafe,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures::{FutureExt, Stream, StreamExt, stream};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// The tasks of the process and the word that it ends; clones are the same
#[derive(Clone, Default)]
pub(crate) struct Shutdown {
    tasks: TaskTracker,
    begun: CancellationToken,
    aborted: CancellationToken,
    panics: Arc<Mutex<Vec<Panic>>>,
}

/// A panic that was caught
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{task}` panicked: {message}")]
pub(crate) struct Panic {
    /// Name of the task
    pub(crate) task: String,
    /// What the panic said
    pub(crate) message: String,
}

/// How a drain ended
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Drain {
    /// All tasks are done
    Drained,
    /// This many tasks were still running at the limit
    NotDrained(usize),
}

// === impl Shutdown ===

impl Shutdown {
    /// Panics that are kept for reports
    const PANICS_KEPT_MAX: usize = 16;

    /// Runs a task; its panic is caught, logged and kept, and hurts nobody else
    ///
    /// A task that runs for ever watches [`Shutdown::begun`], else it holds up the drain until its limit.
    #[expect(clippy::disallowed_methods, reason = "the one place that spawns")]
    pub(crate) fn spawn(&self, name: impl Into<String>, task: impl Future<Output = ()> + Send + 'static) {
        let (this, name) = (self.clone(), name.into());
        drop(tokio::spawn(self.tasks.track_future(async move {
            let aborted = this.aborted.clone();
            tokio::select! {
                biased;
                () = aborted.cancelled() => {}
                // `catch` has logged and kept a panic already.
                _caught = this.catch(&name, task) => {}
            }
        })));
    }

    /// Runs a future in place and turns its panic into an error, logged and kept
    ///
    /// # Errors
    /// [`Panic`], with the name given here and what the panic said.
    pub(crate) async fn catch<T>(&self, name: &str, future: impl Future<Output = T>) -> Result<T, Panic> {
        AssertUnwindSafe(future).catch_unwind().await.map_err(|payload| {
            let panic = Panic { task: name.to_owned(), message: said(payload.as_ref()) };
            tracing::error!(task = %panic.task, message = %panic.message, "panic caught");
            let mut panics = self.panics.lock().unwrap_or_else(PoisonError::into_inner);
            if panics.len() < Self::PANICS_KEPT_MAX {
                panics.push(panic.clone());
            }
            panic
        })
    }

    /// Says that the process ends: no new work
    pub(crate) fn begin(&self) {
        self.begun.cancel();
    }

    /// Drops all tasks where they are, as the kill of a process does: nothing that they would do next happens
    pub(crate) fn abort(&self) {
        self.begin();
        self.aborted.cancel();
    }

    /// Waits until the process ends
    pub(crate) async fn begun(&self) {
        self.begun.cancelled().await;
    }

    /// Whether the process ends
    ///
    /// For tests: tasks wait for it instead of asking.
    #[cfg(test)]
    pub(crate) fn is_begun(&self) -> bool {
        self.begun.is_cancelled()
    }

    /// Begins the end and waits for all tasks, at most for `limit`
    pub(crate) async fn drain(&self, limit: Duration) -> Drain {
        self.begin();
        self.tasks.close();
        match tokio::time::timeout(limit, self.tasks.wait()).await {
            Ok(()) => Drain::Drained,
            Err(_) => Drain::NotDrained(self.tasks.len()),
        }
    }

    /// The first panics that were caught
    pub(crate) fn panics(&self) -> Vec<Panic> {
        self.panics.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Begins the end at the first SIGTERM or SIGINT and returns at the second, which is an order to end at once
    ///
    /// # Errors
    /// If the signals cannot be listened to.
    pub(crate) async fn on_signal(&self) -> io::Result<()> {
        let terminate = signals(signal(SignalKind::terminate())?, "SIGTERM");
        let interrupt = signals(signal(SignalKind::interrupt())?, "SIGINT");
        self.follow(stream::select(terminate, interrupt)).await;
        Ok(())
    }

    async fn follow(&self, signals: impl Stream<Item = &'static str>) {
        let mut signals = std::pin::pin!(signals);
        if let Some(signal) = signals.next().await {
            tracing::info!(signal, "ending; finishing work that is under way");
            self.begin();
        }
        if let Some(signal) = signals.next().await {
            tracing::warn!(signal, "second signal; ending at once");
            return;
        }
        std::future::pending::<()>().await;
    }
}

// === impl Drain ===

impl fmt::Display for Drain {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Drained => write!(out, "all work finished"),
            Self::NotDrained(tasks) => write!(out, "{tasks} tasks did not finish in time"),
        }
    }
}

fn signals(signal: Signal, name: &'static str) -> impl Stream<Item = &'static str> {
    stream::unfold(signal, move |mut signal| async move {
        signal.recv().await;
        Some((name, signal))
    })
    .boxed()
}

/// What a panic said; panics carry a text nearly always
pub(crate) fn said(payload: &(dyn Any + Send)) -> String {
    payload
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no message".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_panic_is_kept_and_hurts_nobody_else() {
        let shutdown = Shutdown::default();
        let (sent, received) = tokio::sync::oneshot::channel();
        shutdown.spawn("bad", async { panic!("spec of {}", "web") });
        shutdown.spawn("good", async move { sent.send(7).unwrap() });
        assert_eq!(received.await, Ok(7));
        assert_eq!(shutdown.drain(Duration::from_secs(1)).await, Drain::Drained);
        assert_eq!(shutdown.panics(), [Panic { task: "bad".into(), message: "spec of web".into() }]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_drain_waits_for_tasks_but_not_for_ever() {
        let shutdown = Shutdown::default();
        let task = shutdown.clone();
        shutdown.spawn("ends when told", async move { task.begun().await });
        assert!(!shutdown.is_begun());
        assert_eq!(shutdown.drain(Duration::from_secs(5)).await, Drain::Drained);
        shutdown.spawn("never ends", std::future::pending());
        assert_eq!(shutdown.drain(Duration::from_secs(5)).await, Drain::NotDrained(1));
    }

    #[tokio::test]
    async fn the_first_signal_begins_and_the_second_ends() {
        let shutdown = Shutdown::default();
        let (send, receive) = futures::channel::mpsc::unbounded();
        let mut follow = std::pin::pin!(shutdown.follow(receive));
        assert!(futures::poll!(&mut follow).is_pending());
        assert!(!shutdown.is_begun());
        send.unbounded_send("SIGTERM").unwrap();
        assert!(futures::poll!(&mut follow).is_pending());
        assert!(shutdown.is_begun());
        send.unbounded_send("SIGTERM").unwrap();
        assert!(futures::poll!(&mut follow).is_ready());
    }
}
