//! One kind under control: workers that take keys from its queue and make a pass over each
//!
//! It isolates passes from each other: a panic, an error or a hung call costs one key one pass. What a pass does is
//! in `reconcile`.

#[cfg(test)]
mod tests;

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tracing::{Instrument, debug, warn};

use crate::{
    Workload,
    change::{Key, Reason},
    clock,
    context::Context,
    error::ReconcileError,
    log,
    metrics::{ControllerMetrics, ReconcileResult},
    queue::{Outcome, Queue},
    reconcile::reconcile,
    requeue::{Requeue, SOON},
    shutdown::Shutdown,
    watch::WatchStatus,
};

/// What the workers of one kind share
pub(crate) struct Controller<R> {
    pub(crate) name: String,
    pub(crate) cx: Context<R>,
    pub(crate) queue: Queue,
    pub(crate) metrics: Arc<ControllerMetrics>,
    pub(crate) shutdown: Shutdown,
    /// Passes begun so far, which is also what tells their log lines apart
    pub(crate) passes: AtomicU64,
}

/// How a pass ended
enum Ended {
    Well(Requeue),
    Badly(ReconcileError),
    Panicked,
    TimedOut,
}

// === impl Controller ===

impl<R: Workload> Controller<R> {
    /// A converged resource is looked at again after this time, made longer by up to a tenth: from the caches, so it
    /// costs no request
    const RESYNC: Duration = Duration::from_mins(10);
    /// Longest time that one pass may take; after it the key goes back to the queue with backoff
    const PASS_DEADLINE: Duration = Duration::from_mins(2);

    /// When to look again at a resource that no watch shows
    const BLIND_WAIT: Duration = Duration::from_secs(5);

    /// One worker: takes keys until the queue is closed; `watches` are those that fill the caches
    pub(crate) async fn work(self: Arc<Self>, watches: Vec<WatchStatus>) {
        while let Some(taken) = self.queue.take().await {
            let pass = self.passes.fetch_add(1, Ordering::Relaxed).to_string();
            let span = log::reconcile_span(&self.name, &taken.key.namespace, &taken.key.name, &pass);
            span.in_scope(|| {
                debug!(reason = taken.reason.as_str(), waited = ?taken.waited, failures = taken.failures, "looking");
            });
            let ended = self.pass(&taken.key, &watches).instrument(span.clone()).await;
            let _entered = span.enter();
            let outcome = self.conclude(&taken.key, ended);
            if let Some(delay) = taken.finish(outcome) {
                debug!(?delay, "backing off");
            }
        }
    }

    /// One pass, with a deadline and without letting a panic out
    ///
    /// None is made on what a watch showed that has not worked for long: the resource may be gone, and each pod that
    /// is made for it would be removed again at once.
    async fn pass(&self, key: &Key, watches: &[WatchStatus]) -> Ended {
        let now = self.cx.hands.clock.now();
        if watches.iter().any(|watch| watch.is_blind(&key.namespace, now)) {
            debug!("a watch does not work; nothing is decided on what it showed before");
            return Ended::Well(Requeue::At(clock::add(now, Self::BLIND_WAIT)));
        }
        let pass = self.shutdown.catch("reconcile", reconcile(&self.cx, key));
        let ended = tokio::time::timeout(Self::PASS_DEADLINE, pass).await;
        self.cx.hands.part.looked_at(key);
        match ended {
            Err(_) => Ended::TimedOut,
            Ok(Err(_)) => Ended::Panicked,
            Ok(Ok(Ok(requeue))) => Ended::Well(requeue),
            Ok(Ok(Err(error))) => Ended::Badly(error),
        }
    }

    /// Logs and counts how a pass ended, and says what that means for its key
    fn conclude(&self, key: &Key, ended: Ended) -> Outcome {
        let now = self.cx.hands.clock.now();
        match ended {
            // What was added meanwhile stays: there may be a new object of the same name.
            Ended::Well(Requeue::Forget) => {
                self.metrics.reconciled(ReconcileResult::Success);
                Outcome::Done { next: None }
            }
            Ended::Well(Requeue::OnChange) => {
                self.metrics.reconciled(ReconcileResult::Success);
                let resync = clock::add(now, self.queue.spread(Self::RESYNC));
                Outcome::Done { next: Some((resync, Reason::Resync)) }
            }
            Ended::Well(Requeue::At(until)) => {
                self.metrics.reconciled(ReconcileResult::RequeueAfter);
                Outcome::Done { next: Some((until, Reason::Deadline)) }
            }
            Ended::Badly(error) if error.is_race() => {
                debug!(%error, "pass repeated");
                self.metrics.reconciled(ReconcileResult::Requeue);
                Outcome::Done { next: Some((clock::add(now, SOON), Reason::Retry)) }
            }
            Ended::Badly(error) => {
                warn!(%error, "pass failed");
                self.metrics.reconciled(ReconcileResult::Error);
                Outcome::Failed
            }
            Ended::Panicked => {
                warn!("pass panicked; it is made again with backoff, all other resources go on");
                self.cx.hands.given_up(key);
                self.metrics.panicked();
                self.metrics.reconciled(ReconcileResult::Error);
                Outcome::Failed
            }
            Ended::TimedOut => {
                warn!(deadline = ?Self::PASS_DEADLINE, "pass took too long and was given up");
                self.cx.hands.given_up(key);
                self.metrics.timed_out();
                self.metrics.reconciled(ReconcileResult::Error);
                Outcome::Failed
            }
        }
    }
}
