//! Whether a kind has verdicts of its own on the health of its pods, by type
//!
//! It owns the two answers that a declaration may give; what a verdict leads to is decided in the engine.

use healing_engine::Verdict;

/// What `Workload::assess` gives: [`Verdict`] where `#[healing(assess)]` is on the struct
pub trait Opinion: 'static {
    /// Whether pods are kept whole and asked about
    const IS_DECLARED: bool;

    /// What is said where nothing else is
    fn none() -> Self;

    /// The verdict
    fn verdict(self) -> Option<Verdict>;
}

/// There are no verdicts: put `#[healing(assess)]` on the struct of the spec
#[derive(Clone, Copy, Debug)]
pub struct DeclareAssess;

impl Opinion for DeclareAssess {
    const IS_DECLARED: bool = false;

    fn none() -> Self {
        Self
    }

    fn verdict(self) -> Option<Verdict> {
        None
    }
}

impl Opinion for Verdict {
    const IS_DECLARED: bool = true;

    fn none() -> Self {
        Self::Healthy
    }

    fn verdict(self) -> Option<Verdict> {
        Some(self)
    }
}
