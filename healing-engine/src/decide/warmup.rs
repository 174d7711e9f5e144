//! Warm-up: after a start or a takeover nothing is removed until this process has seen enough to judge
//!
//! It owns the gate and what it holds back. Creates pass it: their names are a function of what they are for, so that
//! two processes make one pod. What a deleted resource leaves goes too, whoever is new. When a process is new is
//! the runtime's to say.

use jiff::Timestamp;

use super::view::{Seen, View};
use crate::{
    DeleteReason,
    deadline::{Deadlines, after, wait_over, whole_seconds},
    reason::Reason,
};

/// The first round over all resources holds removals back for so much longer at most
const ROUND_SECS: u32 = 60;
/// A due candidate that waits for longer than this is worth a condition
const TOLD_SECS: i64 = 60;
/// When to look again whether the lease is ours: by then this process leads for certain, or has ended
const LEASE_SECS: i64 = 5;

/// The gate of the warm-up, and what it holds back in this decision
#[derive(Debug, Default)]
pub(crate) struct Warmup {
    /// While it is closed
    closed: Option<Closed>,
    /// Removals that are held back
    held: Vec<DeleteReason>,
    /// Whether it holds back anything
    is_felt: bool,
    /// Whether a due candidate has waited for it for so long that a condition says so
    is_told: bool,
}

/// Why the gate is closed
#[derive(Clone, Copy, Debug)]
struct Closed {
    /// When it opens at the latest
    until: Timestamp,
    /// Whether the end of the process's first round may open it before
    awaits_round: bool,
    /// Since when
    since: Option<Timestamp>,
}

// === impl Warmup ===

impl Warmup {
    pub(crate) fn of(view: &View<'_>) -> Self {
        Self { closed: warming(view).or_else(|| unconfirmed(view)), ..Self::default() }
    }

    /// Whether nothing is removed now
    pub(crate) fn is_closed(&self) -> bool {
        self.closed.is_some()
    }

    /// Holds a pod's removal back
    pub(crate) fn hold(&mut self, why: DeleteReason) -> (Reason, Option<Timestamp>) {
        self.held.push(why);
        self.is_felt = true;
        (Reason::LeaderWarmup, self.closed.map(|closed| closed.until))
    }

    /// Why pods were to leave that are held back
    pub(crate) fn held(&self) -> impl Iterator<Item = DeleteReason> {
        self.held.iter().copied()
    }

    /// Holds back what is not the removal of a pod
    pub(crate) fn holds(&mut self) -> bool {
        self.is_felt |= self.is_closed();
        self.is_closed()
    }

    /// Why this candidate is not healed now
    pub(crate) fn refuses(
        &mut self,
        view: &View<'_>,
        seen: &Seen<'_>,
        deadlines: &mut Deadlines,
    ) -> Option<(Reason, Option<Timestamp>)> {
        let closed = self.closed?;
        self.is_felt = true;
        if let Some(since) = closed.since.filter(|_| seen.judgement.due) {
            let refused_since = seen.judgement.due_at.map_or(since, |due_at| due_at.max(since));
            let told_at = after(refused_since, TOLD_SECS);
            self.is_told |= told_at <= view.now;
            deadlines.add(told_at, "a condition about the warm-up");
        }
        Some((Reason::LeaderWarmup, Some(closed.until)))
    }

    /// Whether a condition says that it refuses heals
    pub(crate) fn is_told(&self) -> bool {
        self.is_told
    }

    /// When to look again because of it; whether the end of the first round is to bring that forward
    pub(crate) fn look_again(&self, deadlines: &mut Deadlines) -> bool {
        let Some(closed) = self.closed.filter(|_| self.is_felt) else { return false };
        deadlines.add(closed.until, "the end of the warm-up");
        closed.awaits_round
    }
}

/// `leader_warmup` is not over, or the process has not looked at each resource once
fn warming(view: &View<'_>) -> Option<Closed> {
    let warmup = view.observation.surroundings.warmup.as_ref()?;
    let (secs, since) = (view.policy.knobs.leader_warmup_secs, whole_seconds(warmup.began));
    let over = if secs == 0 { since } else { wait_over(since, secs) };
    let bound = wait_over(since, secs.saturating_add(ROUND_SECS));
    let awaits_round = !warmup.round_done && over <= view.now;
    let until = if awaits_round { bound } else { over };
    (until > view.now).then_some(Closed { until, awaits_round, since: Some(since) })
}

/// Another leader announced a heal, and nobody has asked yet whether the lease is still ours
///
/// Epochs are not compared by size: they begin anew when a lease is deleted.
fn unconfirmed(view: &View<'_>) -> Option<Closed> {
    let surroundings = &view.observation.surroundings;
    let epoch = surroundings.epoch.filter(|_| !surroundings.lease_confirmed)?;
    let closed = Closed { until: after(view.now, LEASE_SECS), awaits_round: false, since: None };
    view.old_status().is_some_and(|status| status.has_intent_of_another(epoch)).then_some(closed)
}
