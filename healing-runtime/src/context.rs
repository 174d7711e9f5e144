//! What a pass works with: the hands (clients, caches, clock) and, around them, what is known of one kind
//!
//! It owns nothing but the bundle; each part has a module of its own.

use std::sync::Arc;

use healing_model::OwnedKind;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use crate::{
    cache::{NodeCache, ObjectCache, PodCache, ResourceCache, Written},
    change::Key,
    client::{CallError, Reader, Writer},
    clock::Clock,
    election::Leadership,
    events::EventQueue,
    memory::Memories,
    metrics::ControllerMetrics,
    storm::Tallies,
    subject::Subject,
    warmup::Part,
};

/// Takes note of a write to the object with this UID
pub(crate) type NoteWritten = Box<dyn Fn(&str, Written) + Send + Sync>;

/// What acting and recording need, whatever the kind of the resource
pub(crate) struct Hands {
    /// The operator's name, for labels and events
    pub(crate) operator: String,
    pub(crate) clock: Clock,
    pub(crate) reader: Reader,
    pub(crate) writer: Writer,
    pub(crate) pods: PodCache,
    pub(crate) objects: ObjectCache,
    /// Stored templates
    pub(crate) revisions: ObjectCache,
    /// Nodes, where the kind asks for them
    pub(crate) nodes: Option<NodeCache>,
    /// Kinds beside pods that the resource declares
    pub(crate) owns: Vec<OwnedKind>,
    /// Notes in the cache of the resource's kind what was written to a resource, by UID
    pub(crate) wrote_resource: NoteWritten,
    pub(crate) memories: Memories,
    /// What all resources of the process counted last
    pub(crate) tallies: Tallies,
    /// Whether and since when this process leads
    pub(crate) leadership: Leadership,
    /// How far it has come since it began to work on this kind
    pub(crate) part: Part,
    pub(crate) events: Arc<EventQueue>,
    /// What is counted about the kind
    pub(crate) metrics: Arc<ControllerMetrics>,
}

/// Everything a pass over resources of type `R` works with
pub(crate) struct Context<R> {
    pub(crate) hands: Hands,
    pub(crate) resources: ResourceCache<R>,
}

// === impl Context ===

impl<R> Context<R> {
    /// Forgets the resource that was known under `key`, unless it is the one with this UID
    ///
    /// Called at the begin of each pass: only there no earlier pass can be writing for the old one any more.
    pub(crate) fn keep_only(&self, key: &Key, uid: Option<&str>) {
        if let Some(gone) = self.hands.memories.forget_other(key, uid) {
            self.hands.pods.forget(&gone);
            self.hands.tallies.forget(&gone);
            self.resources.forget(&gone);
        }
    }
}

// === impl Hands ===

impl Hands {
    /// Notes that a pass ended in the middle: what it was writing may have happened
    pub(crate) fn given_up(&self, key: &Key) {
        if let Some(uid) = self.memories.uid(key) {
            self.pods.wrote(&uid, Written::Unanswered);
            (self.wrote_resource)(&uid, Written::Unanswered);
        }
    }

    /// Notes what came of a write to the resource itself, so that the next pass waits until the watch shows it
    pub(crate) fn expect(&self, subject: &Subject, answer: Result<&ObjectMeta, &CallError>) {
        match answer {
            Ok(metadata) => {
                let version = metadata.resource_version.clone().unwrap_or_default();
                let object = subject.key.clone();
                (self.wrote_resource)(&subject.uid, Written::Version { object, version });
            }
            Err(error) if error.is_write_unknown() => {
                (self.wrote_resource)(&subject.uid, Written::Unanswered);
            }
            Err(_) => {}
        }
    }
}
