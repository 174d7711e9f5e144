//! The finalizer: put on before the first pod, taken off after the last one
//!
//! It owns our entry in `metadata.finalizers` alone; other parties' entries are carried along untouched. Removing the
//! pods is the plan's business.

use tracing::info;

use crate::{
    client::CallError,
    context::Hands,
    live::{self, LivePod},
    subject::Subject,
};

/// Why the finalizer could not be changed
#[derive(Debug, thiserror::Error)]
pub(crate) enum FinalizerError {
    /// Retried: the resource changed since it was read; the next pass looks again
    #[error("the resource changed since it was read; looking again")]
    Changed,
    /// Retried with backoff: the list of pods that decides whether it may go failed
    #[error("could not list the pods that are left: {0}")]
    List(#[source] CallError),
    /// Retried with backoff: the API server shows pods that the watch does not show
    #[error(
        "the finalizer stays: {0} pods are left that the watch does not show, maybe without their labels"
    )]
    PodsLeft(usize),
    /// Retried with backoff: the patch failed or was not answered
    #[error("could not change the finalizers: {0}")]
    Patch(#[source] CallError),
}

/// What came of taking the finalizer off
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Removed {
    /// It is off; the API server removes the resource once nobody else holds it
    Done,
    /// A live list shows these owned pods: it stays
    PodsLeft(Vec<LivePod>),
}

/// Puts our finalizer on the resource
///
/// # Guarantees
/// The patch carries UID and resourceVersion: it never revives a resource and never drops an entry that somebody
/// else added meanwhile.
/// # Errors
/// [`FinalizerError`]; a resource that is gone is done.
pub(crate) async fn add(hands: &Hands, subject: &Subject) -> Result<(), FinalizerError> {
    let Some(ours) = &subject.finalizer else { return Ok(()) };
    let mut finalizers = subject.finalizers.clone();
    if !finalizers.contains(ours) {
        finalizers.push(ours.clone());
    }
    patch(hands, subject, &finalizers).await
}

/// Takes our finalizer off the resource, if no owned pod is left
///
/// # Flow
/// 1. list the pods with our owner label, live 2. if one has our UID as controller, stop 3. patch
/// # Guarantees
/// The finalizer stays as long as the API server itself shows an owned pod, whatever the cache says.
/// # Assumptions
/// It does not need that the resource was ever acted on by this process.
/// # Errors
/// [`FinalizerError`]; a resource that is gone is done.
pub(crate) async fn remove(hands: &Hands, subject: &Subject) -> Result<Removed, FinalizerError> {
    let Some(ours) = &subject.finalizer else { return Ok(Removed::Done) };
    let left = live::owned_pods(&hands.reader, subject, None).await.map_err(FinalizerError::List)?;
    if !left.is_empty() {
        return Ok(Removed::PodsLeft(left));
    }
    let others: Vec<String> = subject.finalizers.iter().filter(|entry| *entry != ours).cloned().collect();
    patch(hands, subject, &others).await?;
    info!(finalizer = ours, "finalizer removed: no pod is left");
    Ok(Removed::Done)
}

async fn patch(hands: &Hands, subject: &Subject, finalizers: &[String]) -> Result<(), FinalizerError> {
    let answer = hands.writer.patch_finalizers(&subject.api, &subject.version(), finalizers).await;
    hands.expect(subject, answer.as_ref().map(|object| &object.metadata));
    match answer {
        Ok(_) | Err(CallError::NotFound { .. }) => Ok(()),
        Err(CallError::Conflict { .. }) => Err(FinalizerError::Changed),
        Err(error) => Err(FinalizerError::Patch(error)),
    }
}
