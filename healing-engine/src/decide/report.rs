//! The end of a decision: the status to write, and when to look again
//!
//! All numbers come from the one snapshot that was decided on. The conditions are in `report/conditions`.

mod conditions;

use super::{announce, draft::Draft, storm, view::View};
use crate::{HealingStatus, Plan, Status, Step, deadline::after, health::OBSERVATIONS, name::selector};

/// The latest next look after pods were created or removed, as documented
const SCALED_SECS: i64 = 5;
/// The latest next look after a heal, as documented
const HEALED_SECS: i64 = 30;

/// Puts the plan together
pub(crate) fn conclude(view: &View<'_>, mut draft: Draft) -> Plan {
    let status = status(view, &draft);
    announce::transitions(view, &mut draft, &status);
    look_again(view, &mut draft);
    let awaits_round = draft.warmup.look_again(&mut draft.deadlines);
    Plan {
        steps: draft.steps,
        status,
        events: draft.events,
        refusals: draft.refusals,
        next: draft.deadlines.earliest(),
        tally: Some(storm::tally(view)),
        awaits_round,
    }
}

fn status(view: &View<'_>, draft: &Draft) -> Status {
    let resource = &view.observation.resource;
    let counts = &view.counts;
    let healing = remembered(view, draft);
    let count = |number: usize| Some(i32::try_from(number).unwrap_or(i32::MAX));
    Status {
        observed_generation: Some(resource.generation),
        replicas: count(counts.live),
        selector: Some(selector(&resource.name, &resource.uid)),
        healthy_replicas: count(counts.healthy),
        ready_replicas: count(counts.ready),
        available_replicas: count(counts.available),
        starting_replicas: count(counts.starting),
        unhealthy_replicas: count(counts.unhealthy),
        terminating_replicas: count(counts.terminating),
        updated_replicas: count(counts.updated),
        last_heal_time: draft.last_heal_time,
        current_revision: draft.rollout.current(view),
        update_revision: Some(view.observation.revision.clone()),
        conditions: conditions::all(view, draft),
        healing: (healing != HealingStatus::default()).then_some(healing),
    }
}

/// What is worth remembering; the spec's hash only while something depends on it
fn remembered(view: &View<'_>, draft: &Draft) -> HealingStatus {
    let healing = HealingStatus {
        spec_hash: None,
        rollout: draft.rollout.memory.clone(),
        failed_revision: draft.rollout.failed_revision(),
        ..draft.healing.clone()
    };
    let charged = view.pods.iter().any(|seen| seen.pod.attempt > 0);
    let depends = charged || healing != HealingStatus::default();
    HealingStatus { spec_hash: depends.then(|| view.observation.resource.spec_hash.clone()), ..healing }
}

/// Collects the times at which the same pods would be judged differently
fn look_again(view: &View<'_>, draft: &mut Draft) {
    let deadlines = &mut draft.deadlines;
    for seen in &view.pods {
        let judgement = &seen.judgement;
        if let Some(due_at) = judgement.due_at {
            deadlines.add(due_at, "a pod to become due");
        }
        if let Some(available_at) = view.available_at(seen) {
            deadlines.add(available_at, "a pod to become available");
        }
        let memory = view.observation.memory.get(&seen.pod.uid);
        let unsure = judgement.is_candidate() && judgement.has_waited(view.now) && !judgement.due;
        if let Some(memory) = memory.filter(|memory| unsure && memory.observations < OBSERVATIONS) {
            deadlines.add(after(memory.last_observation, 1), "another observation");
        }
        if let Some(forgotten_at) = view.forgotten_at(seen).filter(|_| seen.pod.attempt > 0) {
            deadlines.add(forgotten_at, "attempts to be forgotten");
        }
    }
    if let Some(deadline) = draft.rollout.deadline(view) {
        deadlines.add(deadline, "what is asked for to come forward");
    }
    for step in &draft.steps {
        match step {
            Step::Create(_) | Step::Delete(_) => deadlines.add(after(view.now, SCALED_SECS), "scaling"),
            Step::Heal(_) => deadlines.add(after(view.now, HEALED_SECS), "a heal"),
            // a node that comes back in the last moment brings no event of the pod
            Step::ForceDelete(_) => deadlines.add(after(view.now, HEALED_SECS), "a stuck pod to go"),
            Step::AddFinalizer
            | Step::RemoveFinalizer
            | Step::Apply(_)
            | Step::Prune(_)
            | Step::StoreRevision(_)
            | Step::PruneRevision(_) => {}
        }
    }
}
