//! Creates the pods of slots, each at most once, under names that make sending one again harmless
//!
//! It does not choose: slot, incarnation and name are in the plan.

use healing_engine::{Create, Event, EventType};
use tracing::{info, warn};

use super::{ActError, Outcome, batch, pod};
use crate::{
    cache::Written, change::Key, client::CallError, context::Hands, live, memory::Memory, subject::Subject,
};

/// Makes all of `creates`, with slow start
///
/// # Flow
/// 1. POST each pod under its deterministic name 2. read an "already exists" with a live GET 3. remember refusals
/// # Guarantees
/// At most one pod per name. A pod of somebody else under one of our names is never touched.
/// # Caveats
/// A timeout means "may have happened"; the same create sent later gives "already exists" and counts as done.
/// # Errors
/// In `outcome`. A refusal (quota, admission, invalid template) is no error: it is remembered, shown as a condition,
/// and holds further creates until its time is over.
pub(crate) async fn all(hands: &Hands, subject: &Subject, creates: &[Create], outcome: &mut Outcome) {
    let (answers, failures) = batch::slow_start(creates, async |step: &Create| {
        create(hands, subject, step).await.map_err(|source| (step.name.clone(), source))
    })
    .await;
    let some_made = answers.iter().any(|answer| matches!(answer, Answer::Made));
    if some_made && failures.is_empty() {
        hands.memories.with(&subject.key, &subject.uid, Memory::accepted);
    }
    for answer in answers {
        match answer {
            Answer::Made => {}
            Answer::LookAgain => outcome.look_again = true,
            Answer::Taken(name) => {
                outcome.look_again = true;
                outcome.events.push(name_conflict(&format!("pod `{name}`")));
            }
        }
    }
    let mut refused = false;
    for (name, source) in failures {
        if source.is_refusal() {
            // one note for the batch: its creates were refused together
            if !refused {
                warn!(pod = name, error = %source, "pod refused");
                note_refusal(hands, subject, &source, outcome);
            }
            refused = true;
        } else {
            if source.is_write_unknown() {
                hands.pods.wrote(&subject.uid, Written::Unanswered);
            }
            warn!(pod = name, error = %source, "pod not created");
            outcome.errors.push(ActError::Create { pod: name, source });
        }
    }
}

/// What came of one create
enum Answer {
    /// The pod exists under this name and is ours
    Made,
    /// The name is in use for the moment; the next decision sees by whom
    LookAgain,
    /// The name belongs to somebody else
    Taken(String),
}

async fn create(hands: &Hands, subject: &Subject, step: &Create) -> Result<Answer, CallError> {
    let pod = pod::build(subject, &hands.operator, step);
    match hands.writer.create_pod(&subject.namespace, &pod).await {
        Ok(made) => {
            info!(pod = step.name, slot = step.slot, attempt = step.attempt, "pod created");
            wrote(hands, subject, step, made.metadata.resource_version.unwrap_or_default());
            Ok(Answer::Made)
        }
        Err(CallError::AlreadyExists { .. }) => whose(hands, subject, step).await,
        Err(other) => Err(other),
    }
}

/// Reads the pod that already has the name, and says what that means for our create
async fn whose(hands: &Hands, subject: &Subject, step: &Create) -> Result<Answer, CallError> {
    let Some(found) = live::pod(&hands.reader, &subject.namespace, &step.name).await? else {
        return Ok(Answer::LookAgain); // gone between the two requests
    };
    let ours = found.controller_uid.as_deref() == Some(subject.uid.as_str());
    if !ours || found.slot != Some(step.slot) {
        hands.memories.with(&subject.key, &subject.uid, |memory| memory.taken(&step.name));
        return Ok(if ours { Answer::LookAgain } else { Answer::Taken(step.name.clone()) });
    }
    // ours: the answer to an earlier create was lost. Decisions wait until the cache shows it
    let deleted = found.deletion.is_some();
    wrote(hands, subject, step, found.resource_version);
    Ok(if deleted { Answer::LookAgain } else { Answer::Made })
}

fn wrote(hands: &Hands, subject: &Subject, step: &Create, version: String) {
    let object = Key::new(&subject.namespace, &step.name);
    hands.pods.wrote(&subject.uid, Written::Version { object, version });
}

/// Remembers that the API server refused what a pod is made of, or the pod
pub(super) fn note_refusal(hands: &Hands, subject: &Subject, refusal: &CallError, outcome: &mut Outcome) {
    hands.memories.with(&subject.key, &subject.uid, |memory| {
        memory.refused(refusal.to_string(), subject.generation, hands.clock.now());
    });
    outcome.look_again = true; // so that the condition says so at once, and its event with it
}

/// What is told when somebody else has one of our names; `object` is kind and name
pub(super) fn name_conflict(object: &str) -> Event {
    Event {
        kind: EventType::Warning,
        reason: "NameConflict".into(),
        action: "Create".into(),
        note: format!("{object} belongs to somebody else and is left alone; another name is used"),
        pod: None,
    }
}
