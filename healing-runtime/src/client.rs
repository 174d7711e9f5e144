//! The connection to the API server and what its answers mean
//!
//! It owns how a cluster is found, the settings every client of ours has, the deadline around every call and the
//! classes of errors. Reading is in `read`, writing in `write`; retries belong to the queue.

mod connect;
mod error;
mod fenced;
mod read;
#[cfg(test)]
pub(crate) mod script;
#[cfg(test)]
mod tests;
mod write;

use std::time::Duration;

pub(crate) use self::{
    connect::{ConnectError, ConnectOptions, Connection, client, connect, install_crypto_provider},
    error::CallError,
    read::{Reader, api},
    write::{Deleted, ObjectVersion, Writer},
};

/// How long a call may take, except lists and the life of a watch
pub(crate) const CALL_DEADLINE: Duration = Duration::from_secs(10);

/// Makes a call and gives up at its deadline: the client itself would wait for ever
///
/// # Errors
/// [`CallError::Unanswered`] at the deadline: the call may have happened.
pub(crate) async fn within<T>(
    deadline: Duration,
    call: impl Future<Output = kube::Result<T>>,
) -> Result<T, CallError> {
    match tokio::time::timeout(deadline, call).await {
        Ok(answer) => answer.map_err(CallError::from),
        Err(_) => Err(CallError::Unanswered { message: format!("no answer within {deadline:?}") }),
    }
}
