//! Record: write the status, once, if it changed; then hand out the events
//!
//! It owns the only status write of a pass. What the status says is decided in the engine.

pub(crate) mod send;

use healing_engine::{Event, EventType, Status};
use jiff::Timestamp;
use serde_json::{Value, json};
use tracing::{debug, warn};

use crate::{
    change::Key, client::CallError, context::Hands, memory::Memory, observe::Blocked, subject::Subject,
};

/// Why the status was not written
#[derive(Debug, thiserror::Error)]
pub(crate) enum RecordError {
    /// Retried: the resource changed since it was read; the next pass decides again
    #[error("the resource changed since it was read; deciding again")]
    Changed,
    /// Retried with backoff, until its deletion is seen: the resource is gone, or its CRD has no status
    #[error("the resource is gone, or its CRD has no status subresource")]
    Gone,
    /// Retried with backoff: the write failed or was not answered
    #[error("could not write the status: {0}")]
    Write(#[source] CallError),
}

/// What came of recording
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Recorded {
    /// The object's status says what the plan says
    Current,
    /// Only counts differ and the last write was less than a second ago: to be looked at again at this time
    Later(Timestamp),
}

/// Writes `status` if it differs from the one on the object
///
/// # Guarantees
/// One PUT of the status subresource with the resourceVersion that was decided on, or none. Nothing is written that
/// is already there. Fields of the status that are not healing's stay as they were read.
/// # Caveats
/// A status in which nothing but counts changed is written at most once a second. One that carries an intent is
/// always written at once.
/// # Errors
/// [`RecordError`]; after a conflict nothing of the plan that depends on the status may be carried out.
pub(crate) async fn status(
    hands: &Hands,
    subject: &Subject,
    seen: Option<&Status>,
    status: &Status,
) -> Result<Recorded, RecordError> {
    if seen == Some(status) {
        return Ok(Recorded::Current);
    }
    let now = hands.clock.now();
    if seen.is_some_and(|seen| without_counts(seen) == without_counts(status)) {
        let until = hands.memories.with(&subject.key, &subject.uid, |memory| memory.counts_until(now));
        if let Some(until) = until {
            return Ok(Recorded::Later(until));
        }
    }
    let body = json!({
        "apiVersion": subject.api.api_version,
        "kind": subject.api.kind,
        "metadata": {
            "name": subject.key.name,
            "namespace": subject.key.namespace,
            "uid": subject.uid,
            "resourceVersion": subject.resource_version,
        },
        "status": whole(subject, status),
    });
    let answer = hands.writer.update_status(&subject.api, &subject.key.namespace, &body).await;
    hands.expect(subject, answer.as_ref().map(|object| &object.metadata));
    match answer {
        Ok(_) => {
            debug!("status written");
            hands.memories.with(&subject.key, &subject.uid, |memory| memory.status_written = Some(now));
            Ok(Recorded::Current)
        }
        Err(CallError::Conflict { .. }) => Err(RecordError::Changed),
        Err(CallError::NotFound { .. }) => Err(RecordError::Gone),
        Err(error) => Err(RecordError::Write(error)),
    }
}

/// The status as it is written: healing's fields, and those of others
fn whole(subject: &Subject, status: &Status) -> Value {
    let mut fields = subject.foreign_status.clone();
    if let Ok(Value::Object(ours)) = serde_json::to_value(status) {
        fields.extend(ours);
    }
    Value::Object(fields)
}

/// Hands events to the sender; a pass never waits for one
pub(crate) fn events<'e>(hands: &Hands, subject: &Subject, events: impl IntoIterator<Item = &'e Event>) {
    let now = hands.clock.now();
    for event in events {
        hands.events.publish(&subject.regarding(), event, now);
    }
}

/// Says, once, that a resource stands still because something of it cannot be read
pub(crate) fn blocked(hands: &Hands, key: &Key, blocked: &Blocked) {
    let Blocked { regarding, message } = blocked;
    let told = |memory: &mut Memory| memory.blocked.replace(message.clone()).as_ref() == Some(message);
    if hands.memories.with(key, &regarding.uid, told) {
        return;
    }
    warn!(error = message, "cannot be read; nothing is done about it until it changes");
    let event = Event {
        kind: EventType::Warning,
        reason: "Undecodable".to_owned(),
        action: "Observe".to_owned(),
        note: format!("{message}; nothing is done about this resource or its pods until that is changed"),
        pod: None,
    };
    hands.events.publish(regarding, &event, hands.clock.now());
}

/// The status with everything blanked that moves while pods come and go
fn without_counts(status: &Status) -> Status {
    Status {
        replicas: None,
        healthy_replicas: None,
        ready_replicas: None,
        available_replicas: None,
        starting_replicas: None,
        unhealthy_replicas: None,
        terminating_replicas: None,
        updated_replicas: None,
        ..status.clone()
    }
}
