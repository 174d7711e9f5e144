//! Creates: one for each missing pod, with the slot, the name and the attempt that it carries
//!
//! How fast they are sent is the runtime's business. A slot whose pod ended by its own fault waits first.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::{
    BATCH,
    draft::Draft,
    view::{Seen, View},
};
use crate::{
    Budget, Create, Health, Intent, Step,
    backoff::backoff_secs,
    deadline::wait_over,
    name::{free_incarnation, pod_name},
    reason::Reason,
    slot,
};

/// Attempt from which a replacement avoids the node of its predecessor
pub(crate) const ELSEWHERE_ATTEMPT: u32 = 2;

/// Plans a create for each slot that shall be filled and does not have to wait
pub(crate) fn missing(view: &View<'_>, draft: &mut Draft) {
    let wanted = draft.rollout.creates().min(BATCH);
    if wanted == 0 {
        return;
    }
    if draft.waits_to_create(view) {
        return;
    }
    let ended = view.pods.iter().filter(|seen| !seen.judgement.is_live()).filter_map(|seen| seen.slot);
    let healed = draft.healing.intents.iter().map(|intent| intent.slot);
    let owed: BTreeSet<u32> = ended.chain(healed).collect();
    let mut names = known_names(view);
    for slot in slot::to_fill(&view.taken_slots(), &owed, wanted) {
        let origin = Origin::of(view, draft, slot);
        let revision = draft.rollout.revision_for(origin.predecessor, draft.creates() == 0).to_owned();
        let origin = origin.for_template(&revision);
        if let Some(until) = origin.wait_until.filter(|until| *until > view.now) {
            draft.deadlines.add(until, "the backoff of a slot");
            if let Some(predecessor) = origin.predecessor {
                let cause = predecessor.judgement.cause_name();
                draft.refuse(predecessor.pod, Reason::Backoff, cause, Some(until));
            }
            continue;
        }
        let create = origin.create(view, slot, &revision, &names);
        names.insert(create.name.clone());
        draft.steps.push(Step::Create(create));
    }
}

/// Names that a new pod cannot have
fn known_names(view: &View<'_>) -> BTreeSet<String> {
    let pods = view.observation.pods.iter().map(|pod| pod.name.clone());
    pods.chain(view.observation.surroundings.taken_names.iter().cloned()).collect()
}

/// What a new pod inherits from the one it replaces
struct Origin<'v> {
    attempt: u32,
    predecessor: Option<&'v Seen<'v>>,
    replaces: Option<String>,
    avoid_node: Option<String>,
    wait_until: Option<Timestamp>,
}

// === impl Origin ===

impl<'v> Origin<'v> {
    fn of(view: &'v View<'v>, draft: &Draft, slot: u32) -> Self {
        let predecessor = view.newest_of(slot, |seen| !seen.judgement.is_live());
        let intent = draft.healing.intents.iter().find(|intent| intent.slot == slot);
        match (intent, predecessor) {
            // the heal's own removal, or a disruption of its replacement, which costs nothing
            (Some(intent), _) => Self::healed(intent, predecessor),
            (None, Some(predecessor)) => Self::lost(view, draft, predecessor),
            (None, None) => {
                Self { attempt: 0, predecessor: None, replaces: None, avoid_node: None, wait_until: None }
            }
        }
    }

    fn healed(intent: &Intent, predecessor: Option<&'v Seen<'v>>) -> Self {
        Self {
            attempt: intent.attempt,
            predecessor,
            replaces: Some(intent.pod_name.clone()),
            avoid_node: intent.avoid_node.clone(),
            wait_until: None,
        }
    }

    fn lost(view: &View<'_>, draft: &Draft, predecessor: &'v Seen<'v>) -> Self {
        let base = view.attempts(predecessor, draft.healing.budget_reset_time);
        let charged =
            predecessor.judgement.health == Health::Finished && predecessor.judgement.budget != Budget::Free;
        let attempt = if charged { base.saturating_add(1) } else { base };
        let knobs = &view.policy.knobs;
        let wait = match draft.healing.breaker {
            Some(_) => knobs.heal_backoff_max_secs,
            None => backoff_secs(knobs, attempt),
        };
        let elsewhere = charged && attempt >= ELSEWHERE_ATTEMPT;
        Self {
            attempt,
            predecessor: Some(predecessor),
            replaces: Some(predecessor.pod.name.clone()),
            avoid_node: predecessor.pod.spec.node_name.clone().filter(|_| elsewhere),
            wait_until: charged.then(|| wait_over(predecessor.judgement.since, wait)),
        }
    }

    /// Another template owes nothing: neither attempts nor waits are carried over to it
    fn for_template(self, revision: &str) -> Self {
        match self.predecessor {
            Some(predecessor) if !predecessor.is_of(revision) => {
                Self { attempt: 0, avoid_node: None, wait_until: None, ..self }
            }
            _ => self,
        }
    }

    fn create(self, view: &View<'_>, slot: u32, revision: &str, names: &BTreeSet<String>) -> Create {
        let resource = &view.observation.resource;
        let name = |incarnation| pod_name(&resource.name, &resource.uid, slot, incarnation);
        let incarnation = free_incarnation(names, name);
        Create {
            slot,
            incarnation,
            name: name(incarnation),
            revision: revision.to_owned(),
            attempt: self.attempt,
            replaces: self.replaces,
            avoid_node: self.avoid_node,
        }
    }
}
