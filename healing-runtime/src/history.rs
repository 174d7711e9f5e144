//! Stored pod templates of one resource: `ControllerRevision`s, as Kubernetes' own controllers keep theirs
//!
//! It reads and builds them. When one is stored, numbered anew or removed is decided in the engine, and carried out in
//! `act::history`.

use std::{collections::BTreeMap, sync::Arc};

use healing_engine::{
    ObservedRevision, StoreRevision,
    pod::{APP_LABEL, MANAGED_BY_LABEL, OWNER_UID_LABEL, REVISION_LABEL},
    revision,
};
use k8s_openapi::api::{apps::v1::ControllerRevision, core::v1::PodTemplateSpec};
use kube::core::ApiResource;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    cache::{GroupKind, ObjectCache, ObjectEntry},
    change::Key,
    subject::Subject,
};

/// What is stored of one resource
#[derive(Debug, Default)]
pub(crate) struct History {
    /// In the order of their numbers
    pub(crate) revisions: Vec<ObservedRevision>,
    /// Templates other than the newest, by their hashes
    pub(crate) templates: BTreeMap<String, Arc<PodTemplateSpec>>,
}

// === impl History ===

impl History {
    /// The stored templates whose controller has this UID; `newest` is the hash of the one that is asked for
    ///
    /// A template is known by the hash of what is stored, whatever a label says. One that is no template, or is on its
    /// way out, is none.
    pub(crate) fn of(cache: &ObjectCache, owner_uid: &str, newest: &str) -> Self {
        let mut history = Self::default();
        for (key, entry) in cache.owned_by(owner_uid) {
            if entry.terminating {
                continue;
            }
            let hash = revision(&entry.object["data"]);
            if hash != newest {
                let Ok(template) = PodTemplateSpec::deserialize(&entry.object["data"]) else { continue };
                history.templates.insert(hash.clone(), Arc::new(template));
            }
            history.revisions.push(ObservedRevision {
                name: key.name,
                uid: entry.uid,
                resource_version: entry.resource_version,
                revision: hash,
                number: entry.object["revision"].as_i64().unwrap_or_default(),
            });
        }
        history.revisions.sort_by(|a, b| (a.number, &a.name).cmp(&(b.number, &b.name)));
        history
    }
}

/// The kind as the client names it
pub(crate) fn api() -> ApiResource {
    ApiResource::erase::<ControllerRevision>(&())
}

/// The kind as caches name it
pub(crate) fn kind() -> GroupKind {
    let ApiResource { group, kind, .. } = api();
    (group, kind)
}

/// The object that stores the resource's template
pub(crate) fn build(subject: &Subject, operator: &str, step: &StoreRevision) -> Value {
    let ApiResource { api_version, kind, .. } = api();
    json!({
        "apiVersion": api_version,
        "kind": kind,
        "metadata": {
            "name": step.name,
            "namespace": subject.namespace,
            "labels": {
                APP_LABEL: subject.key.name,
                MANAGED_BY_LABEL: operator,
                OWNER_UID_LABEL: subject.uid,
                REVISION_LABEL: step.revision,
            },
            "ownerReferences": [subject.owner_reference()],
        },
        "data": subject.template,
        "revision": step.number,
    })
}

/// Whether a stored object is what [`build`] asks for, but for its number
pub(crate) fn is_stored(subject: &Subject, step: &StoreRevision, entry: &ObjectEntry) -> bool {
    let ours = entry.owner.as_ref().is_some_and(|owner| owner.uid == subject.uid);
    ours && !entry.terminating && revision(&entry.object["data"]) == step.revision
}

/// Where the cache keeps one
pub(crate) fn place(subject: &Subject, name: &str) -> Key {
    Key::new(&subject.namespace, name)
}
