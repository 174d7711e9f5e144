//! The decision: what is observed and wanted in, a plan out
//!
//! This file names the stages in their order of precedence; each is a file. Nothing under it awaits, reads a clock,
//! draws a random number or logs, and no input makes it panic.

mod view;
mod draft;
mod human;
mod warmup;
mod storm;
mod breaker;
mod intent;
mod episode;
mod rollout;
mod scale;
mod force;
mod owned;
mod remove;
mod create;
mod heal;
mod collect;
mod history;
mod object;
mod report;
mod announce;
#[cfg(test)]
mod tests;

use healing_model::Policy;
use jiff::Timestamp;

pub use self::storm::is_cluster_storm;
use self::{draft::Draft, view::View};
use crate::{Observation, Plan, reason::Reason};

/// Most pods that one plan creates or removes
const BATCH: usize = 500;

/// Decides what happens to one resource now
///
/// Pure, total and deterministic: the same arguments give the same plan anywhere, and no argument makes it panic.
/// `observation.memory` must be the outcome of [`remember`](crate::remember) for the same pods and time.
///
/// # Guarantees
/// * Nothing is removed while the process warms up, but for what a deleted resource leaves.
/// * Steps name only pods whose controller is the resource, with the UID and resourceVersion that were decided on.
/// * Live pods never exceed what is desired through the plan's creates; while pods of an older template are replaced,
///   what is desired and the surge. Where a slot gets its next pod only when the old one is gone, terminating pods
///   count as live ones do.
/// * A plan that heals creates nothing and scales nothing; each [`Step::Heal`](crate::Step::Heal) has its intent in
///   the plan's status.
/// * Objects beside pods are applied or removed only while the spec is valid and nobody paused the resource; those
///   of others never.
/// * Deciding again on an unchanged, converged observation with the plan's status gives the same status, no steps
///   and no events.
pub fn decide(policy: &Policy, observation: &Observation, now: Timestamp) -> Plan {
    let view = View::new(policy, observation, now);
    if !observation.surroundings.cache_fresh {
        return object::wait_for_cache(&view);
    }
    let resource = &observation.resource;
    if resource.deletion.is_none() && resource.finalizer_missing {
        return object::protect(&view);
    }
    let mut draft = Draft::new(&view);
    if resource.deletion.is_some() {
        object::release(&view, &mut draft);
        return report::conclude(&view, draft);
    }
    breaker::renew(&view, &mut draft);
    intent::close(&view, &mut draft);
    storm::compare(&view, &mut draft);
    breaker::compare(&view, &mut draft);
    episode::follow(&view, &mut draft);
    act(&view, &mut draft);
    report::conclude(&view, draft)
}

/// Steps, in the order of precedence: each excludes those below that could undo it
fn act(view: &View<'_>, draft: &mut Draft) {
    if view.policy.paused {
        heal::refuse_all(view, draft, Reason::Paused);
        return;
    }
    if view.is_invalid() {
        create::missing(view, draft);
        history::store(view, draft);
        heal::refuse_all(view, draft, Reason::InvalidSpec);
        return;
    }
    owned::keep(view, draft);
    force::stuck(view, draft);
    scale::remove_surplus(view, draft);
    collect::finished(view, draft);
    create::missing(view, draft);
    if draft.is_scaling() {
        heal::refuse_all(view, draft, Reason::Scaling);
    } else {
        heal::plan(view, draft);
    }
    rollout::replace(view, draft);
    history::store(view, draft);
    history::prune(view, draft);
}
