//! Leader election: which of several candidates may write, decided from values alone
//!
//! It owns the rules: when a lease is free, what a claim says, how long a leader is valid and when it gives up. Times
//! are durations on the candidate's own clock, which nothing sets; what time people call it is for the record alone.
//! Asking the API server, waiting and jitter are the runtime's.
//!
//! The rules keep two candidates from being valid at once as long as their clocks run at rates that differ by less
//! than lease / renew deadline, 1.5 by default: a leader counts from before it asked, everybody else from after they
//! saw, and what a lease does not tell is held to be held.

mod timing;
mod lease;
mod token;
mod action;
mod candidate;
#[cfg(test)]
mod tests;

pub use action::{Action, Loss, Read, Written};
pub use candidate::Candidate;
pub use lease::{Claim, Lease};
pub use timing::{Timing, TimingError};
pub use token::Token;
