//! Why a pass failed: the errors of its steps, put together
//!
//! Each step's errors are defined beside the step.

use std::fmt::Write;

use crate::{act::ActError, client::CallError, record::RecordError};

/// Why a pass over one resource failed
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReconcileError {
    /// Retried with backoff: a live read that the cache asked for failed
    #[error("could not look at what it owns: {0}")]
    Observe(#[source] CallError),
    /// Retried with backoff: steps of the plan failed; what they changed is seen by the next pass
    #[error("{}", join(.0))]
    Act(Vec<ActError>),
    /// Retried with backoff: the status was not written
    #[error(transparent)]
    Record(#[from] RecordError),
}

// === impl ReconcileError ===

impl ReconcileError {
    /// Whether the pass only has to be made again on a fresh view: no failure worth counting
    pub(crate) fn is_race(&self) -> bool {
        matches!(self, Self::Record(RecordError::Changed))
    }
}

fn join(errors: &[ActError]) -> String {
    const SHOWN: usize = 3;
    let mut text = errors.iter().take(SHOWN).map(ToString::to_string).collect::<Vec<_>>().join("; ");
    if errors.len() > SHOWN {
        let _ = write!(text, "; and {} more", errors.len() - SHOWN);
    }
    text
}
