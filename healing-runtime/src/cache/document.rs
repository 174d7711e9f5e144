//! A pod's JSON to the pod that decisions are made on
//!
//! Everything else, managedFields above all, is dropped before it is stored. It does not judge and keeps nothing.

use std::sync::Arc;

use healing_engine::{
    ObservedPod,
    pod::{
        ATTEMPT_ANNOTATION, DELETION_COST_ANNOTATION, PodSpec, PodStatus, REMEDIATE_ANNOTATION,
        REVISION_LABEL, SKIP_ANNOTATION, SLOT_LABEL, is_asked,
    },
};
use jiff::Timestamp;
use k8s_openapi::{api::core::v1::Pod, apimachinery::pkg::apis::meta::v1::ObjectMeta};
use serde::{Deserialize, Deserializer, de::Error as _};
use serde_json::Value;

use crate::change::Owner;

/// The part of a pod's JSON beside its metadata that we need
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(crate) struct PodDocument {
    spec: PodSpec,
    status: PodStatus,
    /// The pod itself, where it is kept
    #[serde(skip)]
    pub(super) whole: Option<Arc<Pod>>,
}

/// The same together with the whole pod, for kinds that judge their pods themselves
#[derive(Clone, Debug)]
pub(crate) struct WholePod {
    document: PodDocument,
    /// `None`: it cannot be read as a whole, which takes nothing but the verdict from it
    pod: Option<Arc<Pod>>,
}

// === impl WholePod ===

impl<'de> Deserialize<'de> for WholePod {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        let document = serde_path_to_error::deserialize(&value).map_err(D::Error::custom)?;
        Ok(Self { document, pod: Pod::deserialize(value).ok().map(Arc::new) })
    }
}

impl From<WholePod> for PodDocument {
    fn from(WholePod { document, pod }: WholePod) -> Self {
        Self { whole: pod, ..document }
    }
}

// === impl PodDocument ===

impl PodDocument {
    /// The pod, with its metadata
    pub(crate) fn observe(self, metadata: &ObjectMeta) -> ObservedPod {
        let label = |name: &str| metadata.labels.as_ref().and_then(|labels| labels.get(name));
        let annotation =
            |name: &str| metadata.annotations.as_ref().and_then(|annotations| annotations.get(name));
        ObservedPod {
            name: metadata.name.clone().unwrap_or_default(),
            uid: metadata.uid.clone().unwrap_or_default(),
            resource_version: metadata.resource_version.clone().unwrap_or_default(),
            created: metadata.creation_timestamp.as_ref().map_or(Timestamp::UNIX_EPOCH, |time| time.0),
            deletion: metadata.deletion_timestamp.as_ref().map(|time| time.0),
            deletion_grace_secs: metadata.deletion_grace_period_seconds,
            controller_uid: controller(metadata).map(|owner| owner.uid),
            slot: label(SLOT_LABEL).and_then(|slot| slot.parse().ok()),
            revision: label(REVISION_LABEL).cloned(),
            attempt: annotation(ATTEMPT_ANNOTATION).and_then(|attempt| attempt.parse().ok()).unwrap_or(0),
            deletion_cost: annotation(DELETION_COST_ANNOTATION)
                .and_then(|cost| cost.parse().ok())
                .unwrap_or(0),
            skip: is_asked(annotation(SKIP_ANNOTATION).map(String::as_str)),
            remediate_now: is_asked(annotation(REMEDIATE_ANNOTATION).map(String::as_str)),
            verdict: None,
            finalizers: metadata.finalizers.clone().unwrap_or_default(),
            node: None,
            spec: self.spec,
            status: self.status,
        }
    }
}

/// The controller ownerReference: the API server allows one
pub(crate) fn controller(metadata: &ObjectMeta) -> Option<Owner> {
    let references = metadata.owner_references.as_ref()?;
    let owner = references.iter().find(|reference| reference.controller == Some(true))?;
    Some(Owner {
        api_version: owner.api_version.clone(),
        kind: owner.kind.clone(),
        name: owner.name.clone(),
        uid: owner.uid.clone(),
    })
}
