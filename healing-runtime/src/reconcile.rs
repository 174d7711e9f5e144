//! The spine: one pass over one resource, in five steps
//!
//! Each step has a module of its own; nothing is decided here.

#[cfg(test)]
mod tests;

use healing_engine::{Plan, Step, decide};

use crate::{
    Workload, act,
    change::Key,
    context::Context,
    error::ReconcileError,
    observe::{self, Seen},
    record::{self, Recorded},
    requeue::{self, Requeue},
};

/// One pass over the resource under `key`
///
/// # Flow
/// 1. observe 2. decide 3. act 4. record 5. say when to look again
///
/// Where the plan heals, its intent is recorded before it acts.
/// # Guarantees
/// Decisions are made on caches that show all that this process wrote. At most one status write.
/// # Errors
/// [`ReconcileError`]; the pass is repeated with the key's backoff.
pub(crate) async fn reconcile<R: Workload>(cx: &Context<R>, key: &Key) -> Result<Requeue, ReconcileError> {
    let seen = match observe::observe(cx, key).await? {
        Seen::Whole(seen) => seen,
        Seen::Gone => {
            cx.keep_only(key, None);
            return Ok(Requeue::Forget);
        }
        Seen::Blocked(blocked) => {
            record::blocked(&cx.hands, key, &blocked);
            return Ok(Requeue::OnChange);
        }
        Seen::Behind(until) => return Ok(Requeue::At(until)),
    };
    let (hands, subject) = (&cx.hands, &seen.subject);

    let plan = decide(&seen.policy, &seen.observation, hands.clock.now());
    if let Some(tally) = plan.tally {
        hands.tallies.note(&subject.uid, tally);
    }
    if plan.awaits_round {
        hands.part.wait(key);
    }

    let before = seen.observation.resource.status.as_ref();
    let (when, mut recorded) = (when(&plan), Recorded::Current);
    if when == When::First {
        recorded = record::status(hands, subject, before, &plan.status).await?;
    }
    let outcome = act::act(hands, subject, &plan).await;
    if when == When::Last {
        recorded = match record::status(hands, subject, before, &plan.status).await {
            // What failed before it says more, and is the one that is repeated with backoff.
            Err(_) if !outcome.errors.is_empty() => Recorded::Current,
            recorded => recorded?,
        };
    }
    // A step on the resource itself that was not carried out has nothing to tell: the next pass plans it again.
    if when != When::Never || outcome.is_done() {
        record::events(hands, subject, plan.events.iter().chain(&outcome.events));
    }

    requeue::requeue(&plan, outcome, &recorded, hands.clock.now())
}

/// When a plan's status is written
#[derive(PartialEq, Eq)]
enum When {
    /// Before the steps: it announces them
    First,
    /// After the steps
    Last,
    /// Not in this pass: a step changes the resource itself, and the pass that sees that change writes it
    Never,
}

fn when(plan: &Plan) -> When {
    let has = |wanted: fn(&Step) -> bool| plan.steps.iter().any(wanted);
    if has(|step| matches!(step, Step::AddFinalizer | Step::RemoveFinalizer)) {
        When::Never
    } else if has(|step| matches!(step, Step::Heal(_))) {
        When::First
    } else {
        When::Last
    }
}
