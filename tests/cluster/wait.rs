//! Waits until the cluster is in a state, and says what was seen last if it never is

use std::time::Duration;

use control_plane::until;

use crate::failure::Failure;

/// Bounds a failing case; long, because the machine may be busy with much else
pub(crate) const LIMIT: Duration = Duration::from_secs(90);

/// Looks until `probe` succeeds, for [`LIMIT`] at most
pub(crate) async fn eventually<T>(
    what: &str,
    probe: impl AsyncFnMut() -> Result<T, Failure>,
) -> Result<T, Failure> {
    until(LIMIT, probe).await.map_err(|last| {
        let last = last.map_or_else(|| "no look came to an end".to_owned(), |last| last.to_string());
        Failure::new(format!("not within {LIMIT:?}: {what}; seen last: {last}"))
    })
}
