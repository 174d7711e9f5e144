//! Deletes pods that we own, each at most once, with UID and resourceVersion of the pod that was decided on
//!
//! It does not choose: which pod goes, and why, is in the plan.

use healing_engine::{Delete, Heal};
use tracing::{info, warn};

use super::{ActError, Outcome, batch};
use crate::{
    cache::Written,
    change::Key,
    client::{CallError, Deleted},
    context::Hands,
    subject::Subject,
};

/// Carries out one heal
///
/// # Flow
/// 1. send DELETE with UID and resourceVersion 2. note what came back 3. hand out the heal's event if it was accepted
/// # Guarantees
/// Never a pod with another UID, or one that changed, since it was decided on. One request, no hidden retry.
/// # Assumptions
/// The intent is already in the resource's status: a crash after the request is read from there.
/// # Caveats
/// A timeout means "may have happened"; only a later observation may conclude.
/// # Errors
/// In `outcome`. A pod that is gone is done; one that changed is looked at again.
pub(crate) async fn heal(hands: &Hands, subject: &Subject, heal: &Heal, outcome: &mut Outcome) {
    let pod = Target {
        name: &heal.intent.pod_name,
        uid: &heal.intent.pod_uid,
        resource_version: &heal.resource_version,
    };
    match delete(hands, subject, &pod).await {
        Ok(Answer::Accepted) => {
            info!(pod = pod.name, cause = %heal.intent.cause, attempt = heal.intent.attempt, "healing: pod deleted");
            outcome.events.push(heal.event.clone());
        }
        Ok(Answer::Gone | Answer::Changed) => outcome.look_again = true,
        Err(error) => outcome.errors.push(error),
    }
}

/// Removes all of `deletes`, with slow start
///
/// The contract of [`heal`] holds for each of them.
pub(crate) async fn all(hands: &Hands, subject: &Subject, deletes: &[Delete], outcome: &mut Outcome) {
    let (answers, errors) = batch::slow_start(deletes, async |pod: &Delete| {
        let target = Target { name: &pod.name, uid: &pod.uid, resource_version: &pod.resource_version };
        let answer = delete(hands, subject, &target).await?;
        if matches!(answer, Answer::Accepted) {
            info!(pod = pod.name, why = ?pod.why, "pod deleted");
        }
        Ok::<_, ActError>(answer)
    })
    .await;
    outcome.look_again |= answers.iter().any(|answer| matches!(answer, Answer::Changed));
    outcome.errors.extend(errors);
}

/// The pod that was decided on
struct Target<'p> {
    name: &'p str,
    uid: &'p str,
    resource_version: &'p str,
}

/// What the API server said to a DELETE
enum Answer {
    /// It is on its way out because of us
    Accepted,
    /// There is no such pod any more
    Gone,
    /// It is not the pod that was decided on, or not in that state
    Changed,
}

async fn delete(hands: &Hands, subject: &Subject, pod: &Target<'_>) -> Result<Answer, ActError> {
    let sent = hands.writer.delete_pod(&subject.namespace, pod.name, pod.uid, pod.resource_version).await;
    match sent {
        Ok(Deleted::Terminating { version }) => {
            let object = Key::new(&subject.namespace, pod.name);
            hands.pods.wrote(&subject.uid, Written::Version { object, version });
            Ok(Answer::Accepted)
        }
        Ok(Deleted::Gone) => {
            hands.pods.wrote(&subject.uid, Written::Gone { uid: pod.uid.to_owned() });
            Ok(Answer::Accepted)
        }
        Err(CallError::NotFound { .. }) => {
            hands.pods.wrote(&subject.uid, Written::Gone { uid: pod.uid.to_owned() });
            Ok(Answer::Gone)
        }
        Err(CallError::Conflict { .. }) => Ok(Answer::Changed),
        Err(source) => {
            if source.is_write_unknown() {
                hands.pods.wrote(&subject.uid, Written::Unanswered);
            }
            warn!(pod = pod.name, error = %source, "pod not deleted");
            Err(ActError::Delete { pod: pod.name.to_owned(), source })
        }
    }
}
