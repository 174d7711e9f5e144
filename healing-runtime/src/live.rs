//! Live reads: what the API server itself says about the pods of one resource, past every cache
//!
//! Rare on purpose: before the finalizer goes, and when the cache cannot tell what became of a write.

use healing_engine::{
    Delete, DeleteReason, ObservedPod,
    pod::{MANAGED_BY_LABEL, OWNER_UID_LABEL},
};
use healing_model::Removal;
use k8s_openapi::{api::core::v1::Pod, apimachinery::pkg::apis::meta::v1::ObjectMeta};
use kube::core::ApiResource;

use crate::{
    cache::{PodDocument, controller},
    client::{CallError, Reader},
    subject::Subject,
    watch::{Scope, Watched},
};

/// One pod of a live list
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LivePod {
    pub(crate) name: String,
    pub(crate) uid: String,
    pub(crate) resource_version: String,
    /// Whether it is on its way out already
    pub(crate) deleting: bool,
}

/// The pods whose controller is this resource
///
/// Found by the owner label, told by the controller's UID: a pod that only carries the label is not ours. With
/// `operator`, only those that carry the operator's label too, as the watch shows them.
///
/// # Errors
/// [`CallError`] of the list.
pub(crate) async fn owned_pods(
    reader: &Reader,
    subject: &Subject,
    operator: Option<&str>,
) -> Result<Vec<LivePod>, CallError> {
    let watched = operator.map(|operator| format!(",{MANAGED_BY_LABEL}={operator}")).unwrap_or_default();
    let selector = format!("{OWNER_UID_LABEL}={}{watched}", subject.uid);
    let scope = Scope::of(&subject.namespace);
    let listed = reader.list::<PodDocument>(&pods(), &scope, Some(&selector)).await?;
    let is_ours = |pod: &ObjectMeta| controller(pod).is_some_and(|owner| owner.uid == subject.uid);
    let ours = listed.into_iter().map(|pod| pod.metadata).filter(is_ours);
    Ok(ours
        .map(|pod| LivePod {
            name: pod.name.unwrap_or_default(),
            uid: pod.uid.unwrap_or_default(),
            resource_version: pod.resource_version.unwrap_or_default(),
            deleting: pod.deletion_timestamp.is_some(),
        })
        .collect())
}

/// One pod as it is now; `None` if there is none of that name
///
/// Of one that does not decode only the metadata is told, which says whose it is.
///
/// # Errors
/// [`CallError`] of the read.
pub(crate) async fn pod(
    reader: &Reader,
    namespace: &str,
    name: &str,
) -> Result<Option<ObservedPod>, CallError> {
    match reader.get::<PodDocument>(&pods(), namespace, name).await {
        Ok(Watched { metadata, content }) => Ok(Some(content.unwrap_or_default().observe(&metadata))),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error),
    }
}

// === impl LivePod ===

impl LivePod {
    /// The removal of exactly this pod, because its owner is being deleted
    pub(crate) fn removal(self) -> Delete {
        let Self { name, uid, resource_version, .. } = self;
        Delete { name, uid, resource_version, why: DeleteReason::OwnerDeleted, how: Removal::Delete }
    }
}

fn pods() -> ApiResource {
    ApiResource::erase::<Pod>(&())
}
