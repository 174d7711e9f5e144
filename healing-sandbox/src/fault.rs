//! Faults of the API server and of the way to it: rules that tests add and end
//!
//! It owns the rules, their verdicts and the guards that end them. Carrying a verdict out is `host`'s business, and
//! how pods fail is that of [`Kubelet::fail`](crate::Kubelet::fail).

mod call;
mod status;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

pub use self::call::{Call, Verb};
pub(crate) use self::status::{expired, refused};

/// What is to become of a request
///
/// [`Verdict::Cut`], [`Verdict::Lag`], [`Verdict::Duplicate`] and [`Verdict::Expire`] are about watches that have begun and let other requests
/// pass; [`Verdict::Hang`] is about both, the rest about the request alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// Nothing; an older rule may think otherwise
    Pass,
    /// It reaches the server so much later
    Delay(Duration),
    /// It does not reach the server; the answer is a Status
    Refuse {
        /// Such as 409, 429, 500, 503, 504
        code: u16,
        /// Seconds, for the header `Retry-After`
        retry_after: Option<u64>,
    },
    /// The connection breaks before the request reaches the server
    DropBefore,
    /// The server does what it is asked, then the connection breaks and its answer is lost
    DropApplied,
    /// The watch breaks off, with no end announced
    Cut,
    /// What the watch tells comes later, by this much at most, and then all at once
    Lag(Duration),
    /// The watch tells each change twice
    Duplicate,
    /// The request is kept, or the watch tells nothing, until the rules change and say something else
    Hang,
    /// The watch says that its revision is too old (410), and ends
    Expire,
}

/// A rule that cuts off one client, by its user or by what it calls itself: nothing of it reaches the server, and its
/// open watches tell nothing
pub(crate) fn partition(who: &str) -> impl Fn(&Call) -> Verdict + Send + Sync + 'static {
    let who = who.to_owned();
    move |call| match call {
        call if call.user != who && call.actor() != who => Verdict::Pass,
        call if call.has_begun => Verdict::Hang,
        _ => Verdict::DropBefore,
    }
}

/// Keeps a fault alive: it ends when the guard is dropped
#[must_use = "the fault ends as soon as its guard is dropped"]
pub struct FaultGuard {
    faults: Faults,
    id: u64,
}

/// The rules of one API server; clones are the same
#[derive(Clone)]
pub(crate) struct Faults(Arc<Shared>);

struct Shared {
    rules: Mutex<BTreeMap<u64, Rule>>,
    turn: watch::Sender<Turn>,
}

/// Grows with all that may change what becomes of open requests
#[derive(Clone, Copy, Debug, Default)]
struct Turn {
    /// Rules that were added so far
    added: u64,
    /// How often the server was started anew
    restarts: u64,
}

#[derive(Clone)]
struct Rule {
    judge: Arc<dyn Fn(&Call) -> Verdict + Send + Sync>,
    covers_kubelet: bool,
}

/// What one request hears of changes of the rules
pub(crate) struct Turns {
    turn: watch::Receiver<Turn>,
    restarts: u64,
}

// === impl Faults ===

impl Faults {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Shared { rules: Mutex::default(), turn: watch::Sender::default() }))
    }

    /// Adds a rule; without `covers_kubelet` the kubelet simulator is spared
    pub(crate) fn add(
        &self,
        judge: impl Fn(&Call) -> Verdict + Send + Sync + 'static,
        covers_kubelet: bool,
    ) -> FaultGuard {
        let mut rules = self.lock();
        let id = self.0.turn.borrow().added;
        rules.insert(id, Rule { judge: Arc::new(judge), covers_kubelet });
        self.0.turn.send_modify(|turn| turn.added += 1);
        FaultGuard { faults: self.clone(), id }
    }

    /// What becomes of a request: the newest rule that does not let it pass decides
    pub(crate) fn verdict(&self, call: &Call) -> Verdict {
        self.first(call, |verdict| verdict != Verdict::Pass)
    }

    /// What becomes of a request that was delayed: once is enough
    pub(crate) fn verdict_after_delay(&self, call: &Call) -> Verdict {
        self.first(call, |verdict| !matches!(verdict, Verdict::Pass | Verdict::Delay(_)))
    }

    /// The verdict of the newest rule that decides
    fn first(&self, call: &Call, decides: impl Fn(Verdict) -> bool) -> Verdict {
        // A rule may do anything, also add rules: it is asked without the lock.
        let rules: Vec<Rule> = self.lock().values().rev().cloned().collect();
        let mut verdicts = rules
            .iter()
            .filter(|rule| rule.covers_kubelet || !call.is_of_kubelet())
            .map(|rule| (rule.judge)(call));
        verdicts.find(|verdict| decides(*verdict)).unwrap_or(Verdict::Pass)
    }

    /// Ends the open watches, as a server does that is started anew
    pub(crate) fn restart(&self) {
        self.0.turn.send_modify(|turn| turn.restarts += 1);
    }

    pub(crate) fn turns(&self) -> Turns {
        let turn = self.0.turn.subscribe();
        let restarts = turn.borrow().restarts;
        Turns { turn, restarts }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<u64, Rule>> {
        self.0.rules.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// === impl Turns ===

impl Turns {
    /// Looks at the rules as they are now; whether the server was started anew since the request began
    pub(crate) fn look(&mut self) -> bool {
        self.turn.borrow_and_update().restarts != self.restarts
    }

    /// Waits until something changed since the last [`Turns::look`]
    pub(crate) async fn changed(&mut self) {
        if self.turn.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

// === impl FaultGuard ===

impl FaultGuard {
    /// Lets the fault last as long as the API server
    pub fn keep(self) {
        std::mem::forget(self);
    }
}

impl Drop for FaultGuard {
    fn drop(&mut self) {
        self.faults.lock().remove(&self.id);
        self.faults.0.turn.send_modify(|_| ());
    }
}

impl fmt::Debug for FaultGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FaultGuard").field("id", &self.id).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
