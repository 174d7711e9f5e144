//! Removes pods that we own, each at most once, with UID and resourceVersion of the pod that was decided on
//!
//! It does not choose: which pod goes, why and how is in the plan. What an eviction is told is `evict`'s business.

use healing_engine::{Delete, Event, Heal};
use healing_model::Removal;
use tracing::{info, warn};

use super::{ActError, Outcome, batch, evict};
use crate::{
    cache::Written,
    change::Key,
    client::{CallError, Deleted, ObjectVersion},
    context::Hands,
    subject::Subject,
};

/// Carries out one heal
///
/// # Flow
/// 1. send DELETE or eviction with UID and resourceVersion 2. note what came back 3. hand out the heal's event if it
///    was accepted
/// # Guarantees
/// Never a pod with another UID, or one that changed, since it was decided on. One request, no hidden retry.
/// # Assumptions
/// The intent is already in the resource's status: a crash after the request is read from there.
/// # Caveats
/// A timeout means "may have happened"; only a later observation may conclude.
/// # Errors
/// In `outcome`. A pod that is gone is done; one that changed is looked at again, and so is one that a budget keeps.
pub(crate) async fn heal(hands: &Hands, subject: &Subject, heal: &Heal, outcome: &mut Outcome) {
    let pod = subject.owned(&heal.intent.pod_name, &heal.intent.pod_uid, &heal.resource_version);
    match remove(hands, subject, &pod, heal.how).await {
        Ok(Answer::Accepted) => {
            info!(pod = pod.name, cause = %heal.intent.cause, attempt = heal.intent.attempt, how = heal.how.as_str(), "healing: pod removed");
            outcome.events.push(heal.event.clone());
        }
        Ok(Answer::Gone | Answer::Changed) => outcome.look_again = true,
        Err(stopped) => stopped.tell(outcome),
    }
}

/// Removes all of `deletes`, with slow start
///
/// The contract of [`heal`] holds for each of them. The first that a budget keeps ends the batch as an error does.
pub(crate) async fn all(hands: &Hands, subject: &Subject, deletes: &[Delete], outcome: &mut Outcome) {
    let (answers, stopped) = batch::slow_start(deletes, async |pod: &Delete| {
        let target = subject.owned(&pod.name, &pod.uid, &pod.resource_version);
        let answer = remove(hands, subject, &target, pod.how).await?;
        if matches!(answer, Answer::Accepted) {
            info!(pod = pod.name, why = ?pod.why, how = pod.how.as_str(), "pod removed");
        }
        Ok::<_, Stopped>(answer)
    })
    .await;
    outcome.look_again |= answers.iter().any(|answer| matches!(answer, Answer::Changed));
    for stopped in stopped {
        stopped.tell(outcome);
    }
}

/// What the API server said to a removal
pub(super) enum Answer {
    /// It is on its way out because of us
    Accepted,
    /// There is no such pod any more
    Gone,
    /// It is not the pod that was decided on, or not in that state
    Changed,
}

/// Why a removal did not happen, and others like it need not be tried
pub(super) enum Stopped {
    /// It failed
    Failed(ActError),
    /// A budget keeps the pod, which is remembered; the first time there is something to tell
    Refused(Option<Box<Event>>),
}

async fn remove(
    hands: &Hands,
    subject: &Subject,
    pod: &ObjectVersion<'_>,
    how: Removal,
) -> Result<Answer, Stopped> {
    match how {
        Removal::Delete => delete(hands, subject, pod).await,
        Removal::Evict => evict::evict(hands, subject, pod).await,
    }
}

async fn delete(hands: &Hands, subject: &Subject, pod: &ObjectVersion<'_>) -> Result<Answer, Stopped> {
    answered(hands, subject, pod, hands.writer.delete_pod(pod).await)
}

/// Notes what came of a DELETE
pub(super) fn answered(
    hands: &Hands,
    subject: &Subject,
    pod: &ObjectVersion<'_>,
    answer: Result<Deleted, CallError>,
) -> Result<Answer, Stopped> {
    let written = match answer {
        Ok(Deleted::Terminating { version }) => {
            Written::Version { object: Key::new(pod.namespace, pod.name), version }
        }
        Ok(Deleted::Gone) => Written::Gone { uid: pod.uid.to_owned() },
        Err(source) => {
            return missed(hands, subject, pod, source, |pod, source| ActError::Delete { pod, source });
        }
    };
    hands.pods.wrote(&subject.uid, written);
    Ok(Answer::Accepted)
}

/// What a removal that was not accepted means
pub(super) fn missed(
    hands: &Hands,
    subject: &Subject,
    pod: &ObjectVersion<'_>,
    source: CallError,
    failed: impl FnOnce(String, CallError) -> ActError,
) -> Result<Answer, Stopped> {
    match source {
        CallError::NotFound { .. } => {
            hands.pods.wrote(&subject.uid, Written::Gone { uid: pod.uid.to_owned() });
            Ok(Answer::Gone)
        }
        CallError::Conflict { .. } => Ok(Answer::Changed),
        source => {
            if source.is_write_unknown() {
                hands.pods.wrote(&subject.uid, Written::Unanswered);
            }
            warn!(pod = pod.name, error = %source, "pod not removed");
            Err(Stopped::Failed(failed(pod.name.to_owned(), source)))
        }
    }
}

// === impl Stopped ===

impl Stopped {
    pub(super) fn tell(self, outcome: &mut Outcome) {
        match self {
            Self::Failed(error) => outcome.errors.push(error),
            Self::Refused(event) => {
                outcome.events.extend(event.map(|event| *event));
                outcome.look_again = true; // so that the status says so at once
            }
        }
    }
}
