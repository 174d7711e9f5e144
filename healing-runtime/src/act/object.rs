//! Applies objects beside pods, and removes those that are not wanted any more, each at most once a pass
//!
//! It does not choose: which object, and over which one, is in the plan.

use healing_engine::{Apply, Prune};
use tracing::{info, warn};

use super::{ActError, Outcome};
use crate::{
    change::Key,
    client::{CallError, Deleted},
    context::Hands,
    owned,
    subject::Subject,
};

/// Applies one object on the server's side, as the operator's field manager
///
/// # Flow
/// 1. PATCH with all that is wanted 2. note the answer, so that the next decision sees it
/// # Guarantees
/// Over an object that is there only with its UID: one that was made anew meanwhile is not touched. Where there was
/// none, without force: one that somebody made meanwhile wins, unless it says the same.
/// # Caveats
/// A timeout means "may have happened"; the same apply sent again changes nothing.
/// # Errors
/// In `outcome`. A refusal (quota, admission, a field that the API server does not take) is no error: it is remembered,
/// shown as a condition, and tried again with backoff.
pub(crate) async fn apply(hands: &Hands, subject: &Subject, step: &Apply, outcome: &mut Outcome) {
    let Some(body) = subject.objects.body(&step.key) else { return };
    let (key, object) = (&step.key, body.to_send(step.uid.as_deref()));
    match hands.writer.apply_object(&body.api, &object, step.uid.is_some()).await {
        Ok(answer) => {
            info!(object = %key, "object applied");
            owned::applied(hands, subject, (key, &step.hash), answer);
        }
        // Another object than the one that was decided on has the name by now.
        Err(CallError::Conflict { .. } | CallError::AlreadyExists { .. }) => outcome.look_again = true,
        Err(refusal) if refusal.is_refusal() => {
            warn!(object = %key, error = %refusal, "object refused");
            let now = hands.clock.now();
            hands.memories.with(&subject.key, &subject.uid, |memory| {
                memory.object_refused((key, &step.hash), refusal.to_string(), now);
            });
            outcome.look_again = true; // so that the condition says so at once, and its event with it
        }
        Err(source) => {
            warn!(object = %key, error = %source, "object not applied");
            outcome.errors.push(ActError::Object { object: key.to_string(), source });
        }
    }
}

/// Removes one object that is not wanted any more
///
/// # Guarantees
/// Never one with another UID, or one that changed, since it was decided on.
/// # Errors
/// In `outcome`. One that is gone is done; one that changed is looked at again.
pub(crate) async fn prune(hands: &Hands, subject: &Subject, step: &Prune, outcome: &mut Outcome) {
    let Some(api) =
        hands.owns.iter().find(|kind| (&kind.group, &kind.kind) == (&step.key.group, &step.key.kind))
    else {
        return;
    };
    let (kind, place) = owned::place(&subject.namespace, &step.key);
    match delete(hands, &owned::api(api), &place, step).await {
        Ok(deleted) => {
            info!(object = %step.key, "object deleted: not wanted any more");
            if deleted == Deleted::Gone {
                hands.objects.gone(&kind, &place);
            }
            outcome.events.push(step.event.clone());
        }
        Err(CallError::NotFound { .. }) => hands.objects.gone(&kind, &place),
        Err(CallError::Conflict { .. }) => outcome.look_again = true,
        Err(source) => {
            warn!(object = %step.key, error = %source, "object not deleted");
            outcome.errors.push(ActError::Object { object: step.key.to_string(), source });
        }
    }
}

async fn delete(
    hands: &Hands,
    api: &kube::core::ApiResource,
    place: &Key,
    step: &Prune,
) -> Result<Deleted, CallError> {
    let version = crate::client::ObjectVersion {
        namespace: &place.namespace,
        name: &place.name,
        uid: &step.uid,
        resource_version: &step.resource_version,
    };
    hands.writer.delete_object(api, &version).await
}
