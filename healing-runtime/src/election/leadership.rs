//! The right to write, as everything else in the process sees it
//!
//! It owns the one place that gives out permits. Whoever is not in an election always has one.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use healing_engine::election::{Action, Candidate, Lease};
use tokio_util::sync::CancellationToken;

use super::{Identity, Settings, store::Store};
use crate::{
    client::{CALL_DEADLINE, CallError},
    clock::Clock,
};

/// Whether this process may write; clones tell of the same process
#[derive(Clone)]
pub(crate) struct Leadership(Option<Arc<Shared>>);

/// The right to send one write now
///
/// Only [`Leadership::permit`] makes one, and only the fenced client takes one.
#[must_use = "a permit is for the write that is sent next"]
pub(crate) struct Permit {
    deadline: Duration,
}

/// What the election loop and the rest of the process share
pub(super) struct Shared {
    pub(super) clock: Clock,
    pub(super) store: Store,
    /// `namespace/name`
    pub(super) lease: String,
    pub(super) identity: String,
    name: String,
    /// Longest time that a write may take
    attempt: Duration,
    /// Without a sign of life for this long the loop is stuck
    patience: Duration,
    candidate: Mutex<Candidate>,
    beat: Mutex<Duration>,
    /// Cancelled, and so for ever true, once this process leads
    leads: CancellationToken,
    told: AtomicBool,
    /// What is wrong with the newest request, if something is
    problem: Mutex<Option<String>>,
}

// === impl Leadership ===

impl Leadership {
    /// Without an election
    pub(crate) fn always() -> Self {
        Self(None)
    }

    pub(super) fn of(shared: Arc<Shared>) -> Self {
        Self(Some(shared))
    }

    /// The right to send one write now
    ///
    /// # Guarantees
    /// The write ends, answered or not, while this process still leads: what is left exceeds its deadline.
    /// # Errors
    /// [`CallError::NotLeading`].
    pub(crate) fn permit(&self) -> Result<Permit, CallError> {
        let Some(shared) = &self.0 else { return Ok(Permit { deadline: CALL_DEADLINE }) };
        let token = shared.candidate().token();
        match token {
            Some(token) if token.covers(shared.clock.elapsed(), shared.attempt) => {
                Ok(Permit { deadline: shared.attempt })
            }
            _ => Err(CallError::NotLeading),
        }
    }

    /// Whether there is an election at all
    pub(crate) fn is_elected(&self) -> bool {
        self.0.is_some()
    }

    /// Waits until this process leads
    pub(crate) async fn begun(&self) {
        if let Some(shared) = &self.0 {
            shared.leads.cancelled().await;
        }
    }

    /// The term of this leader, `leaseTransitions`; `None` without an election, and for who does not lead
    pub(crate) fn epoch(&self) -> Option<i32> {
        self.0.as_ref()?.candidate().token().map(|token| token.epoch)
    }

    /// Asks the API server whether the lease is ours in this term
    ///
    /// # Errors
    /// [`CallError`]; without an answer nobody knows.
    pub(crate) async fn confirm(&self, epoch: i32) -> Result<bool, CallError> {
        let Some(shared) = &self.0 else { return Ok(false) };
        match shared.store.read().await {
            Ok(lease) => {
                let lease = Lease::new(lease);
                Ok(lease.holder() == shared.identity && lease.transitions() == epoch)
            }
            Err(error) if error.is_not_found() => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// The lease's name and whether this process leads now; `None` without an election
    pub(crate) fn figures(&self) -> Option<(&str, bool)> {
        let shared = self.0.as_ref()?;
        let now = shared.clock.elapsed();
        let leads = shared.candidate().token().is_some_and(|token| token.valid_until > now);
        Some((&shared.name, leads))
    }

    /// Why the lease cannot be read or written, if it cannot: this process can neither lead nor follow
    pub(crate) fn problem(&self) -> Option<String> {
        let shared = self.0.as_ref()?;
        shared.problem.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What is wrong with the election, if something is: then only a new start helps
    pub(crate) fn fault(&self) -> Option<String> {
        let shared = self.0.as_ref()?;
        let now = shared.clock.elapsed();
        if shared.candidate().is_overdue(now) {
            return Some(format!("the lease `{}` has expired and this process has not ended", shared.lease));
        }
        let quiet = now.saturating_sub(*shared.beat.lock().unwrap_or_else(PoisonError::into_inner));
        (quiet > shared.patience).then(|| {
            format!("the loop that renews the lease `{}` has been stuck for {quiet:?}", shared.lease)
        })
    }
}

// === impl Permit ===

impl Permit {
    /// How long the write may take
    pub(crate) fn deadline(&self) -> Duration {
        self.deadline
    }
}

// === impl Shared ===

impl Shared {
    pub(super) fn new(clock: Clock, store: Store, settings: &Settings, identity: &Identity) -> Self {
        let beat = Mutex::new(clock.elapsed());
        Self {
            clock,
            store,
            lease: format!("{}/{}", settings.namespace, settings.name),
            name: settings.name.clone(),
            attempt: settings.timing.attempt(),
            patience: settings.timing.lease,
            candidate: Mutex::new(Candidate::new(identity.as_str(), settings.timing)),
            identity: identity.to_string(),
            beat,
            leads: CancellationToken::new(),
            told: AtomicBool::new(false),
            problem: Mutex::default(),
        }
    }

    /// The loop is alive; tells the time
    pub(super) fn beat(&self) -> Duration {
        let now = self.clock.elapsed();
        *self.beat.lock().unwrap_or_else(PoisonError::into_inner) = now;
        now
    }

    pub(super) fn next(&self, now: Duration) -> Action {
        self.candidate().next(now, self.clock.now())
    }

    /// Gives the candidate an answer, at the time that it is now
    pub(super) fn heard(&self, tell: impl FnOnce(&mut Candidate, Duration)) {
        let now = self.beat();
        let mut candidate = self.candidate();
        tell(&mut candidate, now);
        if candidate.token().is_some_and(|token| token.valid_until > now) {
            self.leads.cancel();
        }
    }

    pub(super) fn release(&self) {
        let now = self.clock.elapsed();
        self.candidate().release(now);
    }

    /// True once, when this process leads
    pub(super) fn has_begun_to_lead(&self) -> bool {
        self.leads.is_cancelled() && !self.told.swap(true, Ordering::Relaxed)
    }

    /// Who holds the lease and its UID, as far as is known
    pub(super) fn holder(&self) -> (String, String) {
        let candidate = self.candidate();
        candidate.lease().map(|lease| (lease.holder().to_owned(), lease.uid().to_owned())).unwrap_or_default()
    }

    /// Notes what is wrong, or that nothing is; returns what has not been wrong before
    pub(super) fn new_problem(&self, problem: Option<String>) -> Option<String> {
        let mut known = self.problem.lock().unwrap_or_else(PoisonError::into_inner);
        let before = std::mem::replace(&mut *known, problem);
        known.clone().filter(|_| before.is_none())
    }

    fn candidate(&self) -> MutexGuard<'_, Candidate> {
        self.candidate.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Leadership {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_tuple("Leadership").field(&self.figures()).finish()
    }
}
