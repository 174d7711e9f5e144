//! What a person asks for by annotations: not to heal, to replace a pod now, to close the breakers
//!
//! It owns what each wish means; the stages that it concerns ask here.

use serde_json::Value;

use super::{
    draft::Draft,
    view::{Seen, View},
};
use crate::{
    Action, Condition, EventType, Health, Status, Wish,
    reason::{EventReason, Reason},
    revision,
};

/// Longest value that is kept as it is: the status has a bounded size
const TOKEN_MAX: usize = 63;
/// Cause of a heal of a pod that has none of its own
const REQUESTED: &str = "Requested";

/// Whether a person keeps this pod from being healed
pub(crate) fn skips(view: &View<'_>, seen: &Seen<'_>) -> bool {
    view.observation.resource.skip || seen.pod.skip
}

/// Whether a person wants this pod replaced now, whatever its health
///
/// Who asks for both is taken at the more cautious word. A pod that is held would come back as it is.
pub(crate) fn requests(view: &View<'_>, seen: &Seen<'_>) -> bool {
    let judgement = &seen.judgement;
    seen.pod.remediate_now && judgement.is_live() && judgement.action != Action::Hold && !skips(view, seen)
}

/// Why the pod is healed, as shown
pub(crate) fn cause(view: &View<'_>, seen: &Seen<'_>) -> String {
    let healthy_so_far = seen.judgement.health != Health::Unhealthy;
    if healthy_so_far && requests(view, seen) { REQUESTED.to_owned() } else { seen.cause_name() }
}

/// Whether a person closes the breakers now: the value of the annotation is another one than before
pub(crate) fn resets_breaker(view: &View<'_>) -> bool {
    let wanted = token(view);
    // of a resource that was never looked at there is nothing to close
    wanted.is_some() && view.old_status().is_some_and(|old| wanted != known(old))
}

/// What the status keeps of it, as long as the annotation is there
pub(crate) fn token(view: &View<'_>) -> Option<String> {
    let value = view.observation.resource.reset_breaker.as_ref()?;
    Some(if value.len() <= TOKEN_MAX { value.clone() } else { revision(&Value::from(value.as_str())) })
}

fn known(status: &Status) -> Option<String> {
    status.healing.as_ref()?.reset_token.clone()
}

/// Events about wishes that were not there at the last look
pub(crate) fn announce(view: &View<'_>, draft: &mut Draft, new: &Status) {
    let skipped = |status: &Status| {
        let allowed = Condition::find(&status.conditions, "RemediationAllowed");
        allowed.is_some_and(|allowed| allowed.reason == Reason::Skipped.as_str())
    };
    if skipped(new) && !view.old_status().is_some_and(skipped) {
        let note = "No pod is healed while the resource has the annotation healing.dev/skip-remediation";
        draft.event(EventType::Normal, EventReason::RemediationSkipped, None, note.to_owned());
    }
    for seen in view.live() {
        let Some(memory) = view.observation.memory.get(&seen.pod.uid) else { continue };
        let name = &seen.pod.name;
        let pod = || Some((name.clone(), seen.pod.uid.clone()));
        if memory.asked.skip == Wish::New {
            let note =
                format!("Pod {name} is not healed while it has the annotation healing.dev/skip-remediation");
            draft.event(EventType::Normal, EventReason::RemediationSkipped, pod(), note);
        }
        if memory.asked.remediate_now == Wish::New {
            let note = format!("Pod {name} is to be replaced now: annotation healing.dev/remediate-now");
            draft.event(EventType::Normal, EventReason::RemediationRequested, pod(), note);
        }
    }
    if resets_breaker(view) {
        let note = "All attempts so far are forgiven: annotation healing.dev/reset-breaker";
        draft.event(EventType::Normal, EventReason::BreakerReset, None, note.to_owned());
    }
}
