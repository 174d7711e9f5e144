//! The requests about pods that the kubelet sends, each with a deadline and none repeated here
//!
//! Whether and when a request is sent again is decided in `driver`.

use std::time::Duration;

use k8s_openapi::api::core::v1::Pod;
use kube::api::{DeleteParams, Patch, PatchParams, PostParams, Preconditions};
use kube::{Api, Client};
use serde_json::{Value, json};

/// Longest time for one request; after it the request counts as "may have happened"
pub(crate) const DEADLINE: Duration = Duration::from_secs(20);

/// Name under which the kubelet writes
pub(crate) const FIELD_MANAGER: &str = "healing-sandbox-kubelet";

/// Why a request did not do what was asked
#[derive(Debug, thiserror::Error)]
pub(crate) enum RequestError {
    /// Not retried: the pod is gone, or another one has its name
    #[error("the pod is gone")]
    Gone,
    /// Retried with backoff: may have happened; the next look at the pod tells
    #[error("no answer within {DEADLINE:?}; it may have happened")]
    Unanswered,
    /// Retried with backoff: the API server refused it or could not be reached
    #[error(transparent)]
    Refused(#[from] kube::Error),
}

/// Makes the status of the pod `name` what `patch` says
///
/// # Errors
/// [`RequestError`]; another pod with the same name is never changed, because the patch names the UID.
pub(crate) async fn patch_status(
    client: Client,
    ns: &str,
    name: &str,
    patch: Value,
) -> Result<Pod, RequestError> {
    let api: Api<Pod> = Api::namespaced(client, ns);
    let params = PatchParams { field_manager: Some(FIELD_MANAGER.to_owned()), ..PatchParams::default() };
    answer(api.patch_status(name, &params, &Patch::Strategic(patch))).await
}

/// Binds the pod `name` with this UID to `node`
///
/// # Errors
/// [`RequestError`]; a pod that is bound already is [`RequestError::Gone`] from the list of pods to bind.
pub(crate) async fn bind(
    client: Client,
    ns: &str,
    (name, uid): (&str, &str),
    node: &str,
) -> Result<(), RequestError> {
    let api: Api<Pod> = Api::namespaced(client, ns);
    let binding = json!({
        "apiVersion": "v1",
        "kind": "Binding",
        "metadata": { "name": name, "uid": uid },
        "target": { "apiVersion": "v1", "kind": "Node", "name": node },
    });
    let params = PostParams { field_manager: Some(FIELD_MANAGER.to_owned()), ..PostParams::default() };
    answer(api.create_subresource::<Value, Value>("binding", name, &params, &binding)).await.map(drop)
}

/// Deletes the object of a pod whose containers have ended
///
/// # Errors
/// [`RequestError`]; never a pod with another UID.
pub(crate) async fn remove(client: Client, ns: &str, name: &str, uid: &str) -> Result<(), RequestError> {
    let api: Api<Pod> = Api::namespaced(client, ns);
    let params = DeleteParams {
        grace_period_seconds: Some(0),
        preconditions: Some(Preconditions { uid: Some(uid.to_owned()), resource_version: None }),
        ..DeleteParams::default()
    };
    answer(api.delete(name, &params)).await.map(drop)
}

async fn answer<T>(call: impl Future<Output = Result<T, kube::Error>>) -> Result<T, RequestError> {
    let answer = tokio::time::timeout(DEADLINE, call).await.map_err(|_| RequestError::Unanswered)?;
    answer.map_err(|error| match &error {
        kube::Error::Api(status) if status.code == 404 => RequestError::Gone,
        kube::Error::Api(status) if status.code == 422 && status.message.contains("metadata.uid") => {
            RequestError::Gone
        }
        kube::Error::Api(status) if status.code == 409 && status.message.contains("UID") => {
            RequestError::Gone
        }
        _ => RequestError::Refused(error),
    })
}
