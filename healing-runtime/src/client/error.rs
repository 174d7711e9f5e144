//! What a failed call means: one class for each thing that a caller does differently
//!
//! It owns classes, not reactions. An answer that leaves it open whether a write happened is its own class, and in
//! doubt an error is of that class.

use std::{error::Error, io, time::Duration};

use kube::core::Status;

/// Why a call failed
///
/// Nothing is retried by the call itself; the variants say what the queue does.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum CallError {
    /// Not retried: the object, its namespace or its kind does not exist; the next observation says what follows
    #[error("not found: {message}")]
    NotFound {
        /// The API server's words
        message: String,
    },
    /// Retried: the object changed since it was read; look again and decide again
    #[error("conflict: {message}")]
    Conflict {
        /// The API server's words
        message: String,
    },
    /// Retried: the name is taken; look who has it
    #[error("already exists: {message}")]
    AlreadyExists {
        /// The API server's words
        message: String,
    },
    /// Retried with backoff: a role, a quota or an admission plugin refuses; a person must act
    #[error("forbidden: {message}")]
    Forbidden {
        /// The API server's words
        message: String,
    },
    /// Not retried: the namespace is going away and takes everything in it along
    #[error("namespace is terminating: {message}")]
    NamespaceTerminating {
        /// The API server's words
        message: String,
    },
    /// Not retried: the same object is refused again; a change of it is tried at once
    #[error("invalid: {message}")]
    Invalid {
        /// The API server's words
        message: String,
    },
    /// Retried with backoff: a disruption budget does not allow the eviction now; nothing was changed
    #[error("{message}")]
    Blocked {
        /// What the budget lacks, in the API server's words
        message: String,
    },
    /// Retried with backoff: more than one disruption budget selects the pod, a person must act; nothing was changed
    #[error("{message}")]
    AmbiguousBudget {
        /// The API server's words
        message: String,
    },
    /// Retried with backoff: not now, because of load
    #[error("too many requests: {message}")]
    TooManyRequests {
        /// The API server's words
        message: String,
        /// How long the API server asks to wait
        retry_after: Option<Duration>,
    },
    /// Retried with backoff: no answer that tells; a write may have happened, only a later observation may conclude
    #[error("unanswered: {message}")]
    Unanswered {
        /// What went wrong
        message: String,
    },
    /// Not retried by itself: this process does not lead, or not for long enough; nothing was sent
    #[error("this process does not lead, or not for long enough; nothing was sent")]
    NotLeading,
    /// Retried with backoff: the request was never sent, because nobody listens there
    #[error("unreachable: {message}")]
    Unreachable {
        /// What went wrong
        message: String,
    },
    /// Retried: the resourceVersion or page token is too old or not known yet; list again
    #[error("gone: {message}")]
    Gone {
        /// The API server's words
        message: String,
    },
    /// Retried with backoff: any other refusal; nothing was changed
    #[error("refused ({code}): {message}")]
    Other {
        /// HTTP status code, 0 where there was none
        code: u16,
        /// The API server's words
        message: String,
    },
}

// === impl CallError ===

impl CallError {
    /// Whether a write that ended like this may have happened
    pub(crate) fn is_write_unknown(&self) -> bool {
        matches!(self, Self::Unanswered { .. })
    }

    /// Whether sending the same object again soon is pointless: a quota, an admission plugin or the schema said no, or the
    /// namespace is not there or about to go
    pub(crate) fn is_refusal(&self) -> bool {
        matches!(
            self,
            Self::Forbidden { .. }
                | Self::Invalid { .. }
                | Self::NotFound { .. }
                | Self::NamespaceTerminating { .. }
        )
    }

    /// Whether it is not allowed
    pub(crate) fn is_forbidden(&self) -> bool {
        matches!(self, Self::Forbidden { .. })
    }

    /// Whether there is nothing of that name
    pub(crate) fn is_not_found(&self) -> bool {
        matches!(self, Self::NotFound { .. })
    }

    /// A request that could not even be built
    pub(super) fn unsendable(error: &(dyn Error + 'static)) -> Self {
        Self::Other { code: 0, message: chain(error) }
    }

    /// The class of an error answer
    pub(crate) fn of_status(status: &Status) -> Self {
        let message = status.message.clone();
        let cause = |reason: &str| {
            status.details.iter().flat_map(|details| &details.causes).find(|cause| cause.reason == reason)
        };
        let has_cause = |reason: &str| cause(reason).is_some();
        if let (403 | 429, Some(budget)) = (status.code, cause("DisruptionBudget")) {
            return Self::Blocked { message: budget.message.clone() };
        }
        match status.code {
            // A resourceVersion from the future is answered like a timeout, but it is our knowledge that is wrong.
            504 if has_cause("ResourceVersionTooLarge") => Self::Gone { message },
            410 => Self::Gone { message },
            404 => Self::NotFound { message },
            409 if status.reason == "AlreadyExists" => Self::AlreadyExists { message },
            409 => Self::Conflict { message },
            403 if has_cause("NamespaceTerminating") => Self::NamespaceTerminating { message },
            403 => Self::Forbidden { message },
            400 | 413 | 422 => Self::Invalid { message },
            429 => Self::TooManyRequests { message, retry_after: retry_after(status) },
            // The one 500 that is an answer: it has no reason, so its words are all there is to tell it by.
            500 if message.contains("more than one PodDisruptionBudget") => Self::AmbiguousBudget { message },
            // Also 500: the API server answers so when its store timed out in the middle of a write.
            500..=599 => Self::Unanswered { message },
            code => Self::Other { code, message },
        }
    }
}

impl From<kube::Error> for CallError {
    fn from(error: kube::Error) -> Self {
        match &error {
            kube::Error::Api(status) => Self::of_status(status),
            kube::Error::BuildRequest(_) | kube::Error::HttpError(_) => {
                Self::Other { code: 0, message: chain(&error) }
            }
            kube::Error::Auth(_) => Self::Other { code: 401, message: chain(&error) },
            _ if is_refused(&error) => Self::Unreachable { message: chain(&error) },
            _ => Self::Unanswered { message: chain(&error) },
        }
    }
}

fn retry_after(status: &Status) -> Option<Duration> {
    let seconds = status.details.as_ref()?.retry_after_seconds;
    (seconds > 0).then(|| Duration::from_secs(seconds.into()))
}

/// Whether the connection was refused, so that nothing can have been sent
fn is_refused(error: &kube::Error) -> bool {
    sources(error).any(|error| {
        error
            .downcast_ref::<io::Error>()
            .is_some_and(|error| error.kind() == io::ErrorKind::ConnectionRefused)
    })
}

/// The whole story of an error in one line; the outermost error alone rarely says what happened
fn chain(error: &(dyn Error + 'static)) -> String {
    let mut story = String::new();
    for part in sources(error).map(ToString::to_string) {
        if story.is_empty() {
            story = part;
        } else if !story.contains(&part) {
            story = format!("{story}: {part}");
        }
    }
    story
}

fn sources<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| error.source())
}
