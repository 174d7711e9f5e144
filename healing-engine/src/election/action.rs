//! What a candidate wants done, and what it is told of it

use std::time::Duration;

use super::{Claim, Lease};

/// What to do now
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Nothing before this time
    Wait(Duration),
    /// Read the lease; the answer goes to [`Candidate::read`](super::Candidate::read)
    Read,
    /// Make the lease, as it is thought not to exist; the answer goes to [`Candidate::written`](super::Candidate::written)
    Create(Claim),
    /// Replace this version of the lease; the answer goes to [`Candidate::written`](super::Candidate::written)
    Replace(Lease, Claim),
    /// Stop: nothing may be written any more
    Lose(Loss),
    /// The lease is given back, or cannot be
    Rest,
}

/// Why a leader is none any more
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Loss {
    /// It could not renew for the whole renew deadline
    NotRenewed,
    /// Somebody else holds the lease
    Taken {
        /// Who; empty: nobody
        by: String,
    },
    /// Somebody deleted the lease while this leader was no longer valid
    Deleted,
    /// A coordinator would rather have another holder
    NotPreferred {
        /// Whom
        preferred: String,
    },
}

/// The answer to a read
#[derive(Clone, Debug, PartialEq)]
pub enum Read {
    /// The lease
    Found(Lease),
    /// There is none
    Missing,
    /// No answer that tells
    Failed,
}

/// The answer to a write
#[derive(Clone, Debug, PartialEq)]
pub enum Written {
    /// It was accepted; the lease as it is now
    Accepted(Lease),
    /// Somebody wrote before
    Conflict,
    /// It was refused, and nothing changed
    Refused,
    /// No answer that tells: it may have happened
    Unknown,
}

impl std::fmt::Display for Loss {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NotRenewed => write!(out, "it could not be renewed in time"),
            Self::Taken { by } if by.is_empty() => write!(out, "nobody holds it any more"),
            Self::Taken { by } => write!(out, "`{by}` holds it now"),
            Self::Deleted => write!(out, "it was deleted"),
            Self::NotPreferred { preferred } => write!(out, "`{preferred}` is preferred as its holder"),
        }
    }
}
