//! Warm-up of a process: since when each kind is worked on, and whether all that was there then has been looked at
//!
//! It owns the first round, over all kinds, and who waits for its end; and the question whether the lease is still
//! ours. What a warm-up stops is the engine's business.

#[cfg(test)]
mod tests;

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use healing_engine::{Intent, Status, Warmup};
use jiff::Timestamp;

use crate::{
    change::{Key, Reason},
    context::Hands,
    error::ReconcileError,
    queue::Queue,
    subject::Subject,
};

/// The first round of a process over all of its resources; clones are the same round
#[derive(Clone, Default)]
pub(crate) struct Round(Arc<Mutex<State>>);

/// The part of one kind in the first round
#[derive(Clone, Default)]
pub(crate) struct Part {
    round: Round,
    kind: usize,
}

#[derive(Default)]
struct State {
    kinds: Vec<Progress>,
}

struct Progress {
    queue: Queue,
    /// When work began, and the list was known to be whole
    began: Option<Timestamp>,
    /// Keys that were there then and have not had their turn
    ahead: BTreeSet<Key>,
    /// Keys for which something is held back until the round is done
    held: BTreeSet<Key>,
}

// === impl Round ===

impl Round {
    /// Another kind that has to be looked at; all are named before the first of them begins
    pub(crate) fn part(&self, queue: Queue) -> Part {
        let mut state = self.lock();
        state.kinds.push(Progress { queue, began: None, ahead: BTreeSet::new(), held: BTreeSet::new() });
        Part { round: self.clone(), kind: state.kinds.len() - 1 }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// === impl Part ===

impl Part {
    /// Work on this kind begins now, with all that is known of it
    pub(crate) fn begin(&self, now: Timestamp, keys: impl IntoIterator<Item = Key>) {
        self.change(|kind| {
            kind.began = Some(now);
            kind.ahead = keys.into_iter().collect();
        });
    }

    /// A pass over `key` has ended, well or not
    pub(crate) fn looked_at(&self, key: &Key) {
        self.change(|kind| {
            kind.ahead.remove(key);
        });
    }

    /// Looks at `key` again when the round is done, which may be now
    pub(crate) fn wait(&self, key: &Key) {
        self.change(|kind| {
            kind.held.insert(key.clone());
        });
    }

    /// How far the process is; `None`: it is not known to have begun
    pub(crate) fn warmup(&self) -> Option<Warmup> {
        let state = self.round.lock();
        let began = state.kinds.get(self.kind)?.began?;
        Some(Warmup { began, round_done: state.is_done() })
    }

    fn change(&self, change: impl FnOnce(&mut Progress)) {
        let mut state = self.round.lock();
        if let Some(kind) = state.kinds.get_mut(self.kind) {
            change(kind);
        }
        if state.is_done() {
            for kind in &mut state.kinds {
                for key in std::mem::take(&mut kind.held) {
                    kind.queue.add(&key, Reason::Deadline);
                }
            }
        }
    }
}

// === impl State ===

impl State {
    fn is_done(&self) -> bool {
        self.kinds.iter().all(|kind| kind.began.is_some() && kind.ahead.is_empty())
    }
}

/// Whether the lease is ours, where open heals were announced by a leader of another term
///
/// # Flow
/// 1. compare the heals that are open with those that were asked about before 2. read the lease, if there is a new one
/// # Guarantees
/// True only if the lease was read after each of these heals had been seen.
/// # Errors
/// [`ReconcileError::Observe`] if it cannot be read.
pub(crate) async fn confirm_lease(
    hands: &Hands,
    subject: &Subject,
    status: Option<&Status>,
) -> Result<bool, ReconcileError> {
    let Some(epoch) = hands.leadership.epoch() else { return Ok(false) };
    let Some(status) = status.filter(|status| status.has_intent_of_another(epoch)) else { return Ok(false) };
    let announced: BTreeSet<_> = status.healing.iter().flat_map(|healing| &healing.intents).map(of).collect();
    let known = |confirmed: &BTreeSet<_>| announced.is_subset(confirmed);
    if hands.memories.with(&subject.key, &subject.uid, |memory| known(&memory.confirmed)) {
        return Ok(true);
    }
    let ours = hands.leadership.confirm(epoch).await.map_err(ReconcileError::Observe)?;
    if ours {
        hands.memories.with(&subject.key, &subject.uid, |memory| memory.confirmed = announced);
    }
    Ok(ours)
}

/// What tells one announcement from another
fn of(intent: &Intent) -> (String, Option<i32>, Timestamp) {
    (intent.pod_uid.clone(), intent.epoch, intent.time)
}
