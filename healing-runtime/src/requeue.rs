//! When to look at a resource again, if nothing changes before
//!
//! Pure: it waits for nothing itself.

use std::time::Duration;

use healing_engine::Plan;
use jiff::Timestamp;

use crate::{act::Outcome, clock, error::ReconcileError, record::Recorded};

/// Shortest wait, so that a look that finds nothing new cannot become a hot loop
pub(crate) const SOON: Duration = Duration::from_secs(1);

/// When to look again
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Requeue {
    /// At this time, or earlier when something changes
    At(Timestamp),
    /// When something changes, or at the next resync
    OnChange,
    /// Never again: there is no such resource any more
    Forget,
}

/// Says when to look again after a pass
///
/// # Errors
/// [`ReconcileError::Act`] with all that failed, so that the queue's backoff decides.
pub(crate) fn requeue(
    plan: &Plan,
    outcome: Outcome,
    recorded: &Recorded,
    now: Timestamp,
) -> Result<Requeue, ReconcileError> {
    if !outcome.errors.is_empty() {
        return Err(ReconcileError::Act(outcome.errors));
    }
    let soon = clock::add(now, SOON);
    let planned = plan.next.as_ref().map(|next| next.until.max(soon));
    let again = outcome.look_again.then_some(soon);
    let later = match recorded {
        Recorded::Current => None,
        Recorded::Later(until) => Some(*until),
    };
    Ok([planned, again, later].into_iter().flatten().min().map_or(Requeue::OnChange, Requeue::At))
}
