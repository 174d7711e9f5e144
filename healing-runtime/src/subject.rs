//! The resource that is reconciled, as acting on it needs it: names, versions, finalizers, the pod template and
//! the objects beside pods
//!
//! A plain value taken from the user's typed object once per pass, so that everything after `observe` is free of
//! generics. What decisions depend on is in `healing_engine::Observation`, not here.

use std::{collections::BTreeMap, sync::Arc};

use k8s_openapi::{api::core::v1::PodTemplateSpec, apimachinery::pkg::apis::meta::v1::OwnerReference};
use kube::core::ApiResource;
use serde_json::{Map, Value};

use crate::{change::Key, client::ObjectVersion, events::Regarding, owned::Desired};

/// The API server's finalizer for a deletion that keeps the dependents
const ORPHAN: &str = "orphan";

/// One resource in one pass
#[derive(Clone, Debug)]
pub(crate) struct Subject {
    pub(crate) key: Key,
    /// Where its pods and objects are: its own namespace, if it has one
    pub(crate) namespace: String,
    pub(crate) api: ApiResource,
    pub(crate) uid: String,
    pub(crate) resource_version: String,
    pub(crate) generation: i64,
    pub(crate) finalizers: Vec<String>,
    /// Our finalizer, where one is declared
    pub(crate) finalizer: Option<String>,
    pub(crate) template: PodTemplateSpec,
    /// Older templates that are stored, by their hashes
    pub(crate) stored: BTreeMap<String, Arc<PodTemplateSpec>>,
    /// Objects beside the pods
    pub(crate) objects: Desired,
    /// Fields of the status that are not healing's: they are written back as they were read
    pub(crate) foreign_status: Map<String, Value>,
}

// === impl Subject ===

impl Subject {
    /// The reference that makes a pod ours: controller, with the UID that was decided on
    pub(crate) fn owner_reference(&self) -> OwnerReference {
        OwnerReference {
            api_version: self.api.api_version.clone(),
            kind: self.api.kind.clone(),
            name: self.key.name.clone(),
            uid: self.uid.clone(),
            controller: Some(true),
            block_owner_deletion: Some(true),
        }
    }

    /// The template with this hash: a stored one, otherwise the one that is asked for
    pub(crate) fn template_of(&self, revision: &str) -> &PodTemplateSpec {
        self.stored.get(revision).map_or(&self.template, Arc::as_ref)
    }

    /// Whether our finalizer is on the object
    pub(crate) fn has_finalizer(&self) -> bool {
        self.finalizer.as_ref().is_some_and(|ours| self.finalizers.contains(ours))
    }

    /// Whether it is deleted with the wish to keep its pods
    pub(crate) fn is_orphaning(&self) -> bool {
        self.finalizers.iter().any(|finalizer| finalizer == ORPHAN)
    }

    /// The object in exactly the version that was decided on
    pub(crate) fn version(&self) -> ObjectVersion<'_> {
        ObjectVersion {
            namespace: &self.key.namespace,
            name: &self.key.name,
            uid: &self.uid,
            resource_version: &self.resource_version,
        }
    }

    /// Exactly one of its pods or stored templates, as it was decided on
    pub(crate) fn owned<'a>(
        &'a self,
        name: &'a str,
        uid: &'a str,
        resource_version: &'a str,
    ) -> ObjectVersion<'a> {
        ObjectVersion { namespace: &self.namespace, name, uid, resource_version }
    }

    /// What events about the resource refer to
    pub(crate) fn regarding(&self) -> Regarding {
        Regarding {
            api_version: self.api.api_version.clone(),
            kind: self.api.kind.clone(),
            namespace: self.key.namespace.clone(),
            name: self.key.name.clone(),
            uid: self.uid.clone(),
            resource_version: self.resource_version.clone(),
        }
    }
}
