//! One event as the API server wants it: `events.k8s.io/v1`, within the limits of its validation

use healing_engine::{Event, EventType};
use jiff::Timestamp;
use k8s_openapi::{
    api::{core::v1::ObjectReference, events::v1 as wire},
    apimachinery::pkg::apis::meta::v1::{MicroTime, ObjectMeta},
};

/// The object that an event is about
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Regarding {
    /// `apiVersion`, such as `example.com/v1`
    pub(crate) api_version: String,
    /// `kind`
    pub(crate) kind: String,
    /// `metadata.namespace`; empty for a cluster-scoped object, whose events are in `default`
    pub(crate) namespace: String,
    /// `metadata.name`
    pub(crate) name: String,
    /// `metadata.uid`
    pub(crate) uid: String,
    /// `metadata.resourceVersion` of the object that was looked at
    pub(crate) resource_version: String,
}

/// Who reports
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reporter {
    /// Name of the operator, such as `healing-operator`
    pub(crate) controller: String,
    /// Which of its processes: the name of the pod or host
    pub(crate) instance: String,
}

/// Longest note, in bytes of UTF-8
const NOTE_MAX: usize = 1024;
/// Longest reporting instance, action and reason, in bytes
const WORD_MAX: usize = 128;
/// Longest name of an object, in bytes
const NAME_MAX: usize = 253;

/// The event with the name `<resource>.<id in hex>`
pub(super) fn build(
    reporter: &Reporter,
    regarding: &Regarding,
    event: &Event,
    (now, id): (Timestamp, i64),
) -> wire::Event {
    let namespace = if regarding.namespace.is_empty() { "default" } else { &regarding.namespace };
    let suffix = format!(".{id:x}");
    let stem = cut(&regarding.name, NAME_MAX - suffix.len()).trim_end_matches(['.', '-']);
    wire::Event {
        metadata: ObjectMeta {
            name: Some(format!("{stem}{suffix}")),
            namespace: Some(namespace.to_owned()),
            ..ObjectMeta::default()
        },
        event_time: Some(micro_time(now)),
        type_: Some(
            match event.kind {
                EventType::Normal => "Normal",
                EventType::Warning => "Warning",
            }
            .to_owned(),
        ),
        reason: Some(cut(&event.reason, WORD_MAX).to_owned()),
        action: Some(cut(&event.action, WORD_MAX).to_owned()),
        note: Some(cut(&event.note, NOTE_MAX).to_owned()),
        regarding: Some(ObjectReference {
            api_version: Some(regarding.api_version.clone()),
            kind: Some(regarding.kind.clone()),
            namespace: Some(regarding.namespace.clone()).filter(|namespace| !namespace.is_empty()),
            name: Some(regarding.name.clone()),
            uid: Some(regarding.uid.clone()),
            resource_version: Some(regarding.resource_version.clone()),
            ..ObjectReference::default()
        }),
        related: event.pod.as_ref().map(|(name, uid)| ObjectReference {
            api_version: Some("v1".to_owned()),
            kind: Some("Pod".to_owned()),
            namespace: Some(namespace.to_owned()),
            name: Some(name.clone()),
            uid: Some(uid.clone()),
            ..ObjectReference::default()
        }),
        reporting_controller: Some(reporter.controller.clone()),
        reporting_instance: Some(cut(&reporter.instance, WORD_MAX).to_owned()),
        ..wire::Event::default()
    }
}

/// A time with the six digits after the second that the API server insists on
pub(super) fn micro_time(time: Timestamp) -> MicroTime {
    MicroTime(time)
}

/// At most `bytes` of `text`, cut between two characters
fn cut(text: &str, bytes: usize) -> &str {
    &text[..text.floor_char_boundary(bytes)]
}
