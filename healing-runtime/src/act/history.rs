//! Stores pod templates, numbers them anew and removes old ones, each at most once a pass
//!
//! It does not choose: name, number and what is removed are in the plan.

use healing_engine::{PruneRevision, StoreRevision, StoredVersion, pod::OWNER_UID_LABEL};
use serde_json::Value;
use tracing::{info, warn};

use super::{ActError, Outcome, create};
use crate::{
    cache::ObjectEntry,
    client::{CallError, Deleted, ObjectVersion},
    context::Hands,
    history,
    memory::Memory,
    subject::Subject,
    watch::{Scope, Watched},
};

/// Stores the newest template; tells whether pods may be made from it
///
/// # Flow
/// 1. POST under its deterministic name, or PATCH the number of the one that is there 2. read an "already exists" with a
///    live list 3. put the answer into the cache, so that the next decision sees it
/// # Guarantees
/// At most one object per name. One of somebody else under one of our names is never touched.
/// # Caveats
/// A timeout means "may have happened"; the same create sent later gives "already exists" and counts as done.
/// # Errors
/// In `outcome`. A refusal is remembered and shown like that of a pod, which waits for it.
pub(crate) async fn store(
    hands: &Hands,
    subject: &Subject,
    step: &StoreRevision,
    outcome: &mut Outcome,
) -> bool {
    let sent = match &step.stored {
        None => {
            hands.writer.create_object(&history::api(), &history::build(subject, &hands.operator, step)).await
        }
        Some(stored) => {
            let version = version(subject, &step.name, stored);
            hands.writer.number_revision(&history::api(), &version, step.number).await
        }
    };
    let answer = match sent {
        Err(CallError::AlreadyExists { .. }) => whose(hands, subject, step, outcome).await,
        sent => sent.map(|answer| Some(ObjectEntry::new(answer))),
    };
    match answer {
        Ok(Some(entry)) => {
            info!(template = step.revision, number = step.number, "template stored");
            hands.revisions.wrote(&history::kind(), history::place(subject, &step.name), entry);
            hands.memories.with(&subject.key, &subject.uid, Memory::accepted);
            return true;
        }
        Ok(None) | Err(CallError::Conflict { .. }) => outcome.look_again = true,
        Err(CallError::NotFound { .. }) if step.stored.is_some() => {
            hands.revisions.gone(&history::kind(), &history::place(subject, &step.name));
            outcome.look_again = true;
        }
        Err(refusal) if refusal.is_refusal() => {
            warn!(template = step.revision, error = %refusal, "template refused");
            create::note_refusal(hands, subject, &refusal, outcome);
        }
        Err(source) => {
            warn!(template = step.revision, error = %source, "template not stored");
            outcome.errors.push(ActError::Object { object: described(&step.name), source });
        }
    }
    false
}

/// Looks who has the name: the stored template, if an earlier answer was lost
async fn whose(
    hands: &Hands,
    subject: &Subject,
    step: &StoreRevision,
    outcome: &mut Outcome,
) -> Result<Option<ObjectEntry>, CallError> {
    let selector = format!("{OWNER_UID_LABEL}={}", subject.uid);
    let scope = Scope::of(&subject.namespace);
    let ours = hands.reader.list::<Value>(&history::api(), &scope, Some(&selector)).await?;
    let found = ours.into_iter().find(|found: &Watched<Value>| found.key().name == step.name);
    match found.map(ObjectEntry::new) {
        Some(entry) if history::is_stored(subject, step, &entry) => return Ok(Some(entry)),
        // about to be gone: the name is free then
        Some(entry) if entry.terminating => {}
        _ => {
            hands.memories.with(&subject.key, &subject.uid, |memory| memory.taken(&step.name));
            outcome.events.push(create::name_conflict(&described(&step.name)));
        }
    }
    Ok(None)
}

/// Removes one stored template that nothing needs any more
///
/// # Guarantees
/// Never one with another UID, or one that changed, since it was decided on.
/// # Errors
/// In `outcome`. One that is gone is done; one that changed is looked at again.
pub(crate) async fn prune(hands: &Hands, subject: &Subject, step: &PruneRevision, outcome: &mut Outcome) {
    let version = version(subject, &step.name, &step.stored);
    let gone = || hands.revisions.gone(&history::kind(), &history::place(subject, &step.name));
    match hands.writer.delete_object(&history::api(), &version).await {
        Ok(deleted) => {
            info!(name = step.name, "old template removed");
            if deleted == Deleted::Gone {
                gone();
            }
        }
        Err(CallError::NotFound { .. }) => gone(),
        Err(CallError::Conflict { .. }) => outcome.look_again = true,
        Err(source) => {
            warn!(name = step.name, error = %source, "old template not removed");
            outcome.errors.push(ActError::Object { object: described(&step.name), source });
        }
    }
}

fn version<'a>(subject: &'a Subject, name: &'a str, stored: &'a StoredVersion) -> ObjectVersion<'a> {
    subject.owned(name, &stored.uid, &stored.resource_version)
}

fn described(name: &str) -> String {
    format!("controller revision `{name}`")
}

#[cfg(test)]
mod tests;
