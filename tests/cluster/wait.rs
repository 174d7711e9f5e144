//! Waits until the cluster is in a state, and says what was seen last if it never is

use std::time::Duration;

use control_plane::until_every;
use tokio::runtime::{Handle, RuntimeFlavor};

use crate::failure::Failure;

/// Bounds a failing case in real time; long, because the machine may be busy with much else
const REAL_LIMIT: Duration = Duration::from_secs(90);
/// The same in virtual time, which passes at once
const VIRTUAL_LIMIT: Duration = Duration::from_mins(30);

/// Between two looks in real time
const REAL_INTERVAL: Duration = Duration::from_millis(50);
/// The same in virtual time, where a look costs more than what it waits for; shorter than any step of a pod's life
const VIRTUAL_INTERVAL: Duration = Duration::from_millis(250);

/// Longest wait for anything
pub(crate) fn limit() -> Duration {
    if is_virtual() { VIRTUAL_LIMIT } else { REAL_LIMIT }
}

/// Cases on virtual time run on runtimes of one thread
fn is_virtual() -> bool {
    Handle::current().runtime_flavor() == RuntimeFlavor::CurrentThread
}

/// Looks until `probe` succeeds, for [`limit`] at most
pub(crate) async fn eventually<T>(
    what: &str,
    probe: impl AsyncFnMut() -> Result<T, Failure>,
) -> Result<T, Failure> {
    let limit = limit();
    let interval = if is_virtual() { VIRTUAL_INTERVAL } else { REAL_INTERVAL };
    until_every(interval, limit, probe).await.map_err(|last| {
        let last = last.map_or_else(|| "no look came to an end".to_owned(), |last| last.to_string());
        Failure::new(format!("not within {limit:?}: {what}; seen last: {last}"))
    })
}
