//! Heals: which unhealthy pods are replaced now, and what stops the others
//!
//! Everything that stops a heal is a refusal with its reason, so that `explain` can say why a pod is not healed.

use healing_model::Removal;
use jiff::Timestamp;

use super::{
    create::ELSEWHERE_ATTEMPT,
    draft::{Draft, event},
    episode, human,
    view::{Seen, View},
};
use crate::{
    Action, Event, EventType, Heal, Health, Intent, Step,
    backoff::backoff_secs,
    deadline::wait_over,
    reason::{EventReason, Reason},
};

/// Most intents that a status holds
const INTENTS_MAX: usize = 32;

/// A gate that is closed, and when it opens by itself
type Closed = (Reason, Option<Timestamp>);

/// Refuses every pod that is not healthy, for one reason beside its own
pub(crate) fn refuse_all(view: &View<'_>, draft: &mut Draft, reason: Reason) {
    for seen in &view.pods {
        let closed = state(view, draft, seen).unwrap_or((reason, None));
        refuse(view, draft, seen, closed);
    }
}

/// Plans heals, longest unhealthy first, and refuses the others
pub(crate) fn plan(view: &View<'_>, draft: &mut Draft) {
    let mut candidates: Vec<&Seen<'_>> = Vec::new();
    for seen in &view.pods {
        if is_announced(draft, seen) {
            repeat(view, draft, seen);
            continue;
        }
        match state(view, draft, seen) {
            Some(closed) => refuse(view, draft, seen, closed),
            None if seen.judgement.is_candidate() || human::requests(view, seen) => candidates.push(seen),
            None => {}
        }
    }
    candidates.sort_by_key(|seen| {
        let waits = !human::requests(view, seen);
        (is_put_back(view, draft, seen), waits, seen.unwell_since(), &seen.pod.uid)
    });
    for seen in candidates {
        let warming = draft.warmup.refuses(view, seen, &mut draft.deadlines);
        match warming.or_else(|| gate(view, draft, seen)) {
            Some(closed) => {
                if let (_, Some(until)) = closed {
                    draft.deadlines.add(until, closed.0.as_str());
                }
                refuse(view, draft, seen, closed);
            }
            None => announce(view, draft, seen),
        }
    }
}

/// What the pod's own state has against a heal, in order
fn state(view: &View<'_>, draft: &Draft, seen: &Seen<'_>) -> Option<Closed> {
    let judgement = &seen.judgement;
    if human::requests(view, seen) {
        return None;
    }
    match judgement.health {
        Health::Healthy | Health::Finished => None,
        Health::Terminating => Some((Reason::Terminating, None)),
        Health::Starting => Some((Reason::Starting, judgement.due_at)),
        Health::Unhealthy => match judgement.action {
            Action::Hold => Some((Reason::Hold, None)),
            Action::Replace | Action::Elsewhere if !judgement.due => Some((Reason::NotDue, judgement.due_at)),
            Action::Replace | Action::Elsewhere if human::skips(view, seen) => Some((Reason::Skipped, None)),
            Action::Replace | Action::Elsewhere => {
                (!episode::is_member(view, draft, seen)).then_some((Reason::AboveThreshold, None))
            }
            Action::Wait | Action::Gone | Action::Keep => Some((Reason::NotDue, None)),
        },
    }
}

/// The first gate that is closed for this candidate
fn gate(view: &View<'_>, draft: &Draft, seen: &Seen<'_>) -> Option<Closed> {
    if let Some(closed) = replacement_gate(view, draft, seen) {
        return Some(closed);
    }
    let stopped = draft.gate.stops(seen.slot);
    let requested = human::requests(view, seen);
    if let Some(reason) = stopped.filter(|_| !requested && !draft.gate.is_trial_due(view.now)) {
        return Some((reason, draft.gate.trial_at()));
    }
    if let Some(storm) = draft.storm.stops().filter(|_| !requested) {
        return Some(storm);
    }
    if draft.healing.intents.len() >= in_flight_max(view, draft, stopped.is_some()) {
        return Some((Reason::InFlight, None));
    }
    let attempts = view.attempts(seen, draft.healing.budget_reset_time);
    let backoff = backoff_secs(&view.policy.knobs, attempts);
    let until = wait_over(seen.pod.created, backoff);
    if attempts >= 1 && until > view.now && !requested {
        return Some((Reason::Backoff, Some(until)));
    }
    let refused = view.eviction_refused(seen).filter(|_| removal(seen) == Removal::Evict);
    let refused = refused.filter(|refused| refused.until > view.now);
    refused.map(|refused| (Reason::EvictionBlocked, Some(refused.until)))
}

/// Whether the pod could not be removed when that was announced: others go first
fn is_put_back(view: &View<'_>, draft: &Draft, seen: &Seen<'_>) -> bool {
    draft.put_back.contains(&seen.pod.uid) || view.eviction_refused(seen).is_some()
}

/// A pod that is Ready serves somebody: its disruption budget is asked
fn removal(seen: &Seen<'_>) -> Removal {
    if seen.is_ready() { Removal::Evict } else { Removal::Delete }
}

/// No heal without a replacement that is wanted and possible
fn replacement_gate(view: &View<'_>, draft: &Draft, seen: &Seen<'_>) -> Option<Closed> {
    let refused = || draft.create_refused(view).map(|refused| (Reason::CreateRefused, Some(refused.until)));
    draft.rollout.refuses(seen).map(|reason| (reason, None)).or_else(refused)
}

fn in_flight_max(view: &View<'_>, draft: &Draft, is_trial: bool) -> usize {
    if is_trial || draft.gate.same_cause || draft.storm.is_outlasting() {
        return 1;
    }
    let most = view.policy.knobs.max_in_flight.floor(view.policy.replicas);
    usize::try_from(most).map_or(INTENTS_MAX, |most| most.clamp(1, INTENTS_MAX))
}

fn is_announced(draft: &Draft, seen: &Seen<'_>) -> bool {
    seen.judgement.is_live() && draft.healing.intents.iter().any(|intent| intent.pod_uid == seen.pod.uid)
}

/// A heal that was announced and not carried out: the same again, once the pod is known to be due
fn repeat(view: &View<'_>, draft: &mut Draft, seen: &Seen<'_>) {
    let requested = human::requests(view, seen);
    let storm = draft.storm.stops().filter(|_| !requested);
    let warming = draft.warmup.refuses(view, seen, &mut draft.deadlines);
    if let Some(closed) = warming.or_else(|| replacement_gate(view, draft, seen)).or(storm) {
        return refuse(view, draft, seen, closed);
    }
    let cause = human::cause(view, seen);
    let announced = draft.healing.intents.iter_mut().find(|intent| intent.pod_uid == seen.pod.uid);
    let Some(announced) = announced.filter(|_| requested || seen.has_failed()) else {
        return refuse(view, draft, seen, (Reason::NotDue, None));
    };
    announced.cause = cause;
    // written again before the delete, if another leader announced it
    announced.epoch = view.observation.surroundings.epoch;
    let intent = announced.clone();
    let event = triggered(view, &intent);
    let resource_version = seen.pod.resource_version.clone();
    draft.steps.push(Step::Heal(Heal { resource_version, intent, how: removal(seen), event }));
}

fn announce(view: &View<'_>, draft: &mut Draft, seen: &Seen<'_>) {
    let Some(slot) = seen.slot else { return };
    let attempts = view.attempts(seen, draft.healing.budget_reset_time);
    let attempt = attempts.saturating_add(1);
    let is_trial = draft.gate.stops(seen.slot).is_some();
    let elsewhere = is_trial || attempt >= ELSEWHERE_ATTEMPT || seen.judgement.action == Action::Elsewhere;
    let intent = Intent {
        pod_name: seen.pod.name.clone(),
        pod_uid: seen.pod.uid.clone(),
        slot,
        cause: human::cause(view, seen),
        remedy: if elsewhere { "ReplaceElsewhere" } else { "Replace" }.to_owned(),
        attempt,
        avoid_node: seen.pod.spec.node_name.clone().filter(|_| elsewhere),
        epoch: view.observation.surroundings.epoch,
        time: view.now,
    };
    let event = triggered(view, &intent);
    draft.healing.intents.push(intent.clone());
    draft.last_heal_time = Some(view.now);
    let resource_version = seen.pod.resource_version.clone();
    draft.steps.push(Step::Heal(Heal { resource_version, intent, how: removal(seen), event }));
}

fn triggered(view: &View<'_>, intent: &Intent) -> Event {
    let Intent { pod_name, pod_uid, cause, attempt, .. } = intent;
    let threshold = view.policy.knobs.failure_threshold;
    // the documented opening words, whatever the number
    let said = view.pod(pod_uid).and_then(|seen| seen.verdict_reason());
    let said = said.map(|said| format!(" ({said})")).unwrap_or_default();
    let note = format!(
        "Deleted 1 unhealthy pods for recreation: {pod_name}, {cause}{said}, attempt {attempt} of {threshold}"
    );
    event(EventType::Normal, EventReason::HealingTriggered, Some((pod_name.clone(), pod_uid.clone())), note)
}

fn refuse(view: &View<'_>, draft: &mut Draft, seen: &Seen<'_>, (reason, until): Closed) {
    if matches!(seen.judgement.health, Health::Healthy | Health::Finished) && !human::requests(view, seen) {
        return;
    }
    let cause = seen.judgement.cause_name();
    draft.refuse(seen.pod, reason, cause, until);
}
