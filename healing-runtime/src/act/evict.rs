//! Evicts a pod: it goes if its disruption budget allows that, and if not, that is remembered and told
//!
//! It never waits: a refusal ends the try, and the next decision says when to ask again.

#[cfg(test)]
mod tests;

use healing_engine::{Event, EventType};
use tracing::info;

use super::{
    ActError,
    delete::{Answer, Stopped, missed},
};
use crate::{
    cache::Written,
    client::{CallError, ObjectVersion},
    context::Hands,
    subject::Subject,
};

/// Asks for the eviction of one pod
///
/// # Flow
/// 1. POST the eviction with UID and resourceVersion 2. note what came back, a refusal with the time to ask again
/// # Guarantees
/// As [`delete::heal`](super::delete::heal).
/// # Caveats
/// The answer does not show the pod: what is waited for is that the watch shows it leaving.
/// # Errors
/// [`Stopped::Refused`] if budgets or a role do not allow it, with an event the first time; [`Stopped::Failed`] otherwise.
pub(super) async fn evict(
    hands: &Hands,
    subject: &Subject,
    pod: &ObjectVersion<'_>,
) -> Result<Answer, Stopped> {
    let (reason, message) = match hands.writer.evict_pod(pod).await {
        Ok(()) => {
            hands.pods.wrote(&subject.uid, Written::Leaving { uid: pod.uid.to_owned() });
            hands.memories.with(&subject.key, &subject.uid, |memory| memory.evicted(pod.uid));
            return Ok(Answer::Accepted);
        }
        Err(CallError::Blocked { message } | CallError::Forbidden { message }) => {
            ("EvictionBlocked", message)
        }
        Err(CallError::AmbiguousBudget { message }) => ("EvictionMisconfigured", message),
        Err(source) => {
            return missed(hands, subject, pod, source, |pod, source| ActError::Evict { pod, source });
        }
    };
    info!(pod = pod.name, why = message, "pod not evicted; it is tried again");
    let now = hands.clock.now();
    let is_first = hands
        .memories
        .with(&subject.key, &subject.uid, |memory| memory.eviction_refused(pod.uid, message.clone(), now));
    Err(Stopped::Refused(is_first.then(|| Box::new(refused(pod, reason, &message)))))
}

fn refused(pod: &ObjectVersion<'_>, reason: &str, message: &str) -> Event {
    Event {
        kind: EventType::Warning,
        reason: reason.to_owned(),
        action: "Evict".to_owned(),
        note: format!("Pod {} is not evicted: {message}; it is tried again until it may go", pod.name),
        pod: Some((pod.name.to_owned(), pod.uid.to_owned())),
    }
}
