//! Waits for a condition of the world outside, by looking again and again
//!
//! The only place of the real arm that sleeps. Limits bound a run that fails; no test asserts on a time.

use std::time::Duration;

/// Between two looks
const INTERVAL: Duration = Duration::from_millis(50);

/// Looks until `probe` succeeds
///
/// # Errors
/// What the last look said, where none succeeded within `limit`; a look that hangs counts as none.
pub async fn until<T, E>(limit: Duration, probe: impl AsyncFnMut() -> Result<T, E>) -> Result<T, Option<E>> {
    until_every(INTERVAL, limit, probe).await
}

/// The same with another time between two looks
///
/// # Errors
/// As [`until`].
pub async fn until_every<T, E>(
    interval: Duration,
    limit: Duration,
    mut probe: impl AsyncFnMut() -> Result<T, E>,
) -> Result<T, Option<E>> {
    let mut last = None;
    let looking = async {
        loop {
            match probe().await {
                Ok(value) => return value,
                Err(said) => last = Some(said),
            }
            pause(interval).await;
        }
    };
    let found = tokio::time::timeout(limit, looking).await;
    found.map_err(|_elapsed| last)
}

#[expect(clippy::disallowed_methods, reason = "real processes keep real time")]
async fn pause(interval: Duration) {
    tokio::time::sleep(interval).await;
}
