//! Leader election: of several replicas one works at a time, and who may not write does not
//!
//! It owns the loop around the engine's [`Candidate`]: sending what it wants sent, with a client of its own, and
//! waiting. The lease is the one thing that is written here, and not through the writer: a leader has to be able to
//! renew when it may write nothing else.

mod identity;
mod leadership;
mod store;
#[cfg(test)]
mod tests;

use std::{sync::Arc, time::Duration};

use healing_engine::{
    Event, EventType,
    election::{Action, Loss, Timing},
};
use tokio_util::sync::CancellationToken;
use tracing::{debug, info, warn};

pub(crate) use self::{identity::Identity, leadership::Leadership};

use self::{
    leadership::Shared,
    store::{Answer, Store},
};
use crate::{clock::Clock, events::Regarding};

/// Which lease, and how
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Settings {
    /// Namespace of the lease
    pub(crate) namespace: String,
    /// Name of the lease
    pub(crate) name: String,
    /// Its durations
    pub(crate) timing: Timing,
}

/// The election that this process takes part in
pub(crate) struct Election {
    shared: Arc<Shared>,
    rng: fastrand::Rng,
    release: Release,
    announce: Announce,
    /// Who held the lease when that was last said
    holder: String,
}

/// Tells that this process leads; its arguments are the lease and the event
pub(crate) type Announce = Box<dyn Fn(&Regarding, &Event) + Send + Sync>;

/// Asks an election to give the lease back
#[derive(Clone)]
pub(crate) struct Release {
    asked: CancellationToken,
    done: CancellationToken,
}

/// Not retried: this process led and may not any more; it ends, so that nothing it had under way goes on
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("lost the lease `{lease}`: {loss}; ending, so that nothing is written twice")]
pub(crate) struct LeaseLost {
    lease: String,
    loss: Loss,
}

// === impl Election ===

impl Election {
    /// An election that has not begun, and who leads by it
    pub(crate) fn new(
        client: kube::Client,
        clock: Clock,
        settings: &Settings,
        identity: &Identity,
        announce: Announce,
    ) -> (Self, Leadership) {
        let rng = fastrand::Rng::with_seed(identity.seed());
        let shared = Arc::new(Shared::new(clock, Store::new(client, settings), settings, identity));
        let leadership = Leadership::of(Arc::clone(&shared));
        let release = Release { asked: CancellationToken::new(), done: CancellationToken::new() };
        (Self { shared, rng, release, announce, holder: String::new() }, leadership)
    }

    /// How to ask it to give the lease back
    pub(crate) fn release(&self) -> Release {
        self.release.clone()
    }

    /// Takes part until the lease is lost, or given back
    ///
    /// # Flow
    /// 1. ask the candidate what to do 2. do it, each request with a deadline and once 3. tell it what came of it
    /// # Guarantees
    /// The instant from which a claim counts is taken before it is sent. When this returns, nobody in this process
    /// has a permit to write any more.
    /// # Errors
    /// [`LeaseLost`]; without ever having led there is none.
    pub(crate) async fn run(mut self) -> Result<(), LeaseLost> {
        let mut releasing = false;
        loop {
            if !releasing && self.release.asked.is_cancelled() {
                releasing = true;
                self.shared.release();
            }
            let sent = self.shared.beat();
            match self.shared.next(sent) {
                Action::Wait(until) => {
                    let wait = until.saturating_sub(sent);
                    tokio::select! {
                        () = self.shared.clock.sleep(wait) => {}
                        () = self.release.asked.cancelled(), if !releasing => {}
                    }
                }
                Action::Read => {
                    let answer = self.shared.store.read().await;
                    self.note("get", &answer);
                    let (answer, jitter) = (store::read(answer), self.rng.f64());
                    self.shared.heard(|candidate, now| candidate.read(answer, (sent, now), jitter));
                }
                Action::Create(claim) => {
                    let answer = self.shared.store.create(&claim).await;
                    self.written("create", answer, sent);
                }
                Action::Replace(lease, claim) => {
                    let answer = self.shared.store.replace(&lease, &claim).await;
                    self.written("update", answer, sent);
                }
                Action::Lose(loss) => {
                    warn!(lease = self.shared.lease, %loss, "lease lost");
                    return Err(LeaseLost { lease: self.shared.lease.clone(), loss });
                }
                Action::Rest => {
                    debug!(lease = self.shared.lease, "lease given back");
                    self.release.done.cancel();
                    return Ok(());
                }
            }
            self.tell();
        }
    }

    fn written(&mut self, verb: &str, answer: Answer, sent: Duration) {
        self.note(verb, &answer);
        let (answer, jitter) = (store::written(answer), self.rng.f64());
        self.shared.heard(|candidate, now| candidate.written(answer, (sent, now), jitter));
    }

    /// Keeps what is wrong for readiness, and says it once
    fn note(&self, verb: &str, answer: &Answer) {
        let failed = answer.as_ref().err().filter(|error| !store::is_race(error));
        let problem = failed.map(|error| format!("cannot {verb} lease {}: {error}", self.shared.lease));
        if let Some(problem) = self.shared.new_problem(problem) {
            warn!("{problem}");
        }
    }

    /// Says who leads when that changes
    fn tell(&mut self) {
        let leads = self.shared.has_begun_to_lead();
        let (holder, uid) = self.shared.holder();
        let identity = &self.shared.identity;
        if !leads {
            if holder != self.holder && holder != *identity {
                info!(lease = self.shared.lease, identity, holder, "standing by");
                self.holder = holder;
            }
            return;
        }
        info!(lease = self.shared.lease, identity, "became leader");
        let event = Event {
            kind: EventType::Normal,
            reason: "LeaderElection".into(),
            action: "Lead".into(),
            note: format!("{identity} became leader"),
            pod: None,
        };
        (self.announce)(&self.shared.store.regarding(uid), &event);
    }
}

// === impl Release ===

impl Release {
    /// How long it may take; a lease that is not given back in that time ends by itself
    pub(crate) const LIMIT: Duration = Duration::from_secs(5);

    /// Asks for it; to be called when all that writes has ended
    pub(crate) fn ask(&self) {
        self.asked.cancel();
    }

    /// Waits until it is given back, or cannot be
    pub(crate) async fn done(&self) {
        self.done.cancelled().await;
    }
}
