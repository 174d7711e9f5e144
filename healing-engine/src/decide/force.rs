//! Force: pods that are stuck on a node that is off, which nobody but us will ever remove
//!
//! A pod of a node that may still run it is never forced: two pods of a slot would write to the same data. Finalizers
//! of others are theirs; force does not help there.

use super::{
    BATCH,
    draft::{Draft, event},
    view::{Seen, View},
};
use crate::{Cause, EventType, ForceDelete, NodeState, Step, reason::EventReason};

/// Plans a second delete, without grace period, of each pod that is stuck on a node that is fenced or gone
pub(crate) fn stuck(view: &View<'_>, draft: &mut Draft) {
    if !view.policy.knobs.force_delete {
        return;
    }
    let steps: Vec<ForceDelete> = view.pods.iter().filter_map(forced).take(BATCH).collect();
    let stays = view.observation.resource.deletion.is_none();
    if steps.is_empty() || (stays && draft.warmup.holds()) {
        return;
    }
    draft.steps.extend(steps.into_iter().map(Step::ForceDelete));
}

fn forced(seen: &Seen<'_>) -> Option<ForceDelete> {
    let pod = seen.pod;
    let node = pod.spec.node_name.clone()?;
    let why = match pod.node? {
        NodeState::Fenced => "is out of service",
        NodeState::Gone => "does not exist any more",
        NodeState::Ready | NodeState::NotReady => return None,
    };
    // without grace already: what holds it now are finalizers
    let is_forced = pod.deletion_grace_secs == Some(0);
    if seen.judgement.cause != Some(Cause::StuckTerminating) || is_forced {
        return None;
    }
    let note = format!("Deleted pod {} without its grace period: its node {node} {why}", pod.name);
    let about = Some((pod.name.clone(), pod.uid.clone()));
    Some(ForceDelete {
        name: pod.name.clone(),
        uid: pod.uid.clone(),
        resource_version: pod.resource_version.clone(),
        node,
        event: event(EventType::Warning, EventReason::ForceDeleted, about, note),
    })
}
