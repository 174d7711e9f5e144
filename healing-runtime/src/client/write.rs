//! Writing to the API server: the only type with methods that change anything
//!
//! Every call is sent once, with a deadline, as one field manager. What a write means for the cache, and whether it
//! may be sent at all, is the business of the stage that sends it.

use k8s_openapi::{
    api::{
        admissionregistration::v1::ValidatingWebhookConfiguration,
        core::v1::{Pod, Secret},
        events::v1::Event,
    },
    apimachinery::pkg::apis::meta::v1::ObjectMeta,
};
use kube::{
    Resource,
    api::{ApiResource, DeleteParams, DynamicObject, Patch, PatchParams, PostParams, Preconditions},
    core::Request,
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

use super::{CallError, fenced::FencedClient};
use crate::{cache::PodDocument, election::Leadership, watch::Watched};

/// The writing half of the client
///
/// Each method sends one request, and only while this process leads: [`CallError::NotLeading`] otherwise.
#[derive(Clone)]
pub(crate) struct Writer {
    client: FencedClient,
    field_manager: String,
}

/// What the answer to a delete showed
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Deleted {
    /// The object stays until its grace period or finalizers are over
    Terminating {
        /// Its resourceVersion with the deletion
        version: String,
    },
    /// The object is gone
    Gone,
}

/// One object in exactly one version
#[derive(Clone, Copy, Debug)]
pub(crate) struct ObjectVersion<'a> {
    /// `metadata.namespace`; empty for a cluster-scoped object
    pub(crate) namespace: &'a str,
    /// `metadata.name`
    pub(crate) name: &'a str,
    /// `metadata.uid`
    pub(crate) uid: &'a str,
    /// `metadata.resourceVersion`
    pub(crate) resource_version: &'a str,
}

// === impl Writer ===

impl Writer {
    /// A writer that uses this client; `field_manager` is the operator's name
    pub(crate) fn new(
        client: kube::Client,
        field_manager: impl Into<String>,
        leadership: Leadership,
    ) -> Self {
        Self { client: FencedClient::new(client, leadership), field_manager: field_manager.into() }
    }

    /// Creates a pod, at most once: its name must be set and not generated
    ///
    /// # Errors
    /// [`CallError::AlreadyExists`] if the name is taken, maybe by an earlier try of ours; [`CallError::Unanswered`] if
    /// it may have been created.
    pub(crate) async fn create_pod(
        &self,
        namespace: &str,
        pod: &Pod,
    ) -> Result<Watched<PodDocument>, CallError> {
        self.create(Pod::url_path(&(), Some(namespace)), pod).await
    }

    /// Deletes one pod, at most once, with its own grace period
    ///
    /// # Guarantees
    /// Never a pod with another UID or resourceVersion than the one decided on: both are preconditions.
    /// # Errors
    /// [`CallError::NotFound`] if it is gone, [`CallError::Conflict`] if it is not the pod decided on any more,
    /// [`CallError::Unanswered`] if it may have happened.
    pub(crate) async fn delete_pod(&self, pod: &ObjectVersion<'_>) -> Result<Deleted, CallError> {
        self.delete_object(&ApiResource::erase::<Pod>(&()), pod).await
    }

    /// Evicts one pod, at most once: it is deleted if its disruption budget allows that
    ///
    /// # Guarantees
    /// As [`Writer::delete_pod`]. The body is our own: the client's own call misspells `deleteOptions`, which API servers
    /// ignore together with the preconditions in it.
    /// # Errors
    /// [`CallError::Blocked`] and [`CallError::AmbiguousBudget`] if budgets do not allow it, otherwise as
    /// [`Writer::delete_pod`].
    pub(crate) async fn evict_pod(&self, pod: &ObjectVersion<'_>) -> Result<(), CallError> {
        let url = Pod::url_path(&(), Some(pod.namespace));
        let body = json!({
            "apiVersion": "policy/v1",
            "kind": "Eviction",
            "metadata": { "name": pod.name, "namespace": pod.namespace },
            "deleteOptions": {
                "preconditions": { "uid": pod.uid, "resourceVersion": pod.resource_version },
            },
        });
        let bytes = serde_json::to_vec(&body).map_err(|error| CallError::unsendable(&error))?;
        let request = Request::new(url)
            .create_subresource("eviction", pod.name, &self.post(), bytes)
            .map_err(|error| CallError::unsendable(&error))?;
        self.client.request::<Value>(request).await.map(drop)
    }

    /// Deletes one pod, at most once, without a grace period: nobody has to say that its containers have ended
    ///
    /// # Guarantees
    /// As [`Writer::delete_pod`].
    /// # Errors
    /// As [`Writer::delete_pod`].
    pub(crate) async fn delete_pod_now(&self, pod: &ObjectVersion<'_>) -> Result<Deleted, CallError> {
        let params = DeleteParams::background().grace_period(0);
        self.delete(&ApiResource::erase::<Pod>(&()), pod, params).await
    }

    /// Deletes one object, at most once
    ///
    /// # Guarantees
    /// As [`Writer::delete_pod`].
    /// # Errors
    /// As [`Writer::delete_pod`].
    pub(crate) async fn delete_object(
        &self,
        resource: &ApiResource,
        object: &ObjectVersion<'_>,
    ) -> Result<Deleted, CallError> {
        self.delete(resource, object, DeleteParams::background()).await
    }

    async fn delete(
        &self,
        resource: &ApiResource,
        object: &ObjectVersion<'_>,
        params: DeleteParams,
    ) -> Result<Deleted, CallError> {
        let params = params.preconditions(Preconditions {
            uid: Some(object.uid.to_owned()),
            resource_version: Some(object.resource_version.to_owned()),
        });
        let request = Request::new(url(resource, object.namespace))
            .delete(object.name, &params)
            .map_err(|error| CallError::unsendable(&error))?;
        let answer: Option<Watched<Value>> = self.client.request_or_status(request).await?;
        Ok(answer.map_or(Deleted::Gone, |object| Deleted::of(object.metadata)))
    }

    /// Applies an object on the server's side; `force` takes fields from other managers
    ///
    /// With a UID in `object` only over that one; otherwise it is made if there is none of its name.
    ///
    /// # Errors
    /// [`CallError::Conflict`] if another object has the name, or without force another manager a field,
    /// [`CallError::Invalid`] or [`CallError::Forbidden`] if it is refused, [`CallError::Unanswered`] if it may have
    /// happened.
    pub(crate) async fn apply_object(
        &self,
        resource: &ApiResource,
        object: &Value,
        force: bool,
    ) -> Result<Watched<Value>, CallError> {
        let text = |field: &str| object["metadata"][field].as_str().unwrap_or_default();
        let params = PatchParams { force, ..self.patch() };
        let request = Request::new(url(resource, text("namespace")))
            .patch(text("name"), &params, &Patch::Apply(object))
            .map_err(|error| CallError::unsendable(&error))?;
        self.client.request(request).await
    }

    /// Creates an object of any kind, at most once: its name must be set and not generated
    ///
    /// # Errors
    /// As [`Writer::create_pod`].
    pub(crate) async fn create_object(
        &self,
        resource: &ApiResource,
        object: &Value,
    ) -> Result<Watched<Value>, CallError> {
        let namespace = object["metadata"]["namespace"].as_str().unwrap_or_default();
        self.create(url(resource, namespace), object).await
    }

    /// Gives a stored template another number
    ///
    /// # Guarantees
    /// UID and resourceVersion are part of the patch: an object that changed or was made anew is not touched.
    /// # Errors
    /// [`CallError::Conflict`] if it changed, [`CallError::NotFound`] if it is gone, [`CallError::Unanswered`] if it may
    /// have happened.
    pub(crate) async fn number_revision(
        &self,
        resource: &ApiResource,
        object: &ObjectVersion<'_>,
        number: i64,
    ) -> Result<Watched<Value>, CallError> {
        let metadata = json!({ "uid": object.uid, "resourceVersion": object.resource_version });
        let patch = json!({ "metadata": metadata, "revision": number });
        self.merge(url(resource, object.namespace), object.name, &patch).await
    }

    /// Replaces the status of an object; `body` is the whole object with its resourceVersion
    ///
    /// # Errors
    /// [`CallError::Conflict`] if the object changed since it was read, [`CallError::Invalid`] without a
    /// resourceVersion, [`CallError::Unanswered`] if it may have happened.
    pub(crate) async fn update_status(
        &self,
        resource: &ApiResource,
        namespace: &str,
        body: &Value,
    ) -> Result<DynamicObject, CallError> {
        let name = body["metadata"]["name"].as_str().unwrap_or_default();
        let bytes = serde_json::to_vec(body).map_err(|error| CallError::unsendable(&error))?;
        let request = Request::new(url(resource, namespace))
            .replace_subresource("status", name, &self.post(), bytes)
            .map_err(|error| CallError::unsendable(&error))?;
        self.client.request(request).await
    }

    /// Sets the finalizers of exactly the object that was read
    ///
    /// # Guarantees
    /// UID and resourceVersion are part of the patch: an object that changed or was made anew is not touched.
    /// # Errors
    /// [`CallError::Conflict`] if it changed, [`CallError::Invalid`] if it was made anew, [`CallError::NotFound`] if it
    /// is gone, [`CallError::Unanswered`] if it may have happened.
    pub(crate) async fn patch_finalizers(
        &self,
        resource: &ApiResource,
        object: &ObjectVersion<'_>,
        finalizers: &[String],
    ) -> Result<DynamicObject, CallError> {
        let patch = json!({ "metadata": {
            "uid": object.uid,
            "resourceVersion": object.resource_version,
            "finalizers": finalizers,
        } });
        self.merge(url(resource, object.namespace), object.name, &patch).await
    }

    /// Creates an event
    ///
    /// # Errors
    /// [`CallError`]; an event that could not be sent is dropped by whoever sends it.
    pub(crate) async fn create_event(&self, namespace: &str, event: &Event) -> Result<(), CallError> {
        self.create::<Event>(Event::url_path(&(), Some(namespace)), event).await.map(drop)
    }

    /// Says that an event happened again: its new count and time
    ///
    /// # Errors
    /// [`CallError::NotFound`] if the event has expired: create it anew.
    pub(crate) async fn patch_event_series(
        &self,
        namespace: &str,
        name: &str,
        series: &Value,
    ) -> Result<(), CallError> {
        let patch = json!({ "series": series });
        self.merge::<Event>(Event::url_path(&(), Some(namespace)), name, &patch).await.map(drop)
    }

    async fn create<T: DeserializeOwned>(
        &self,
        url: String,
        object: &impl Serialize,
    ) -> Result<T, CallError> {
        let body = serde_json::to_vec(object).map_err(|error| CallError::unsendable(&error))?;
        let request =
            Request::new(url).create(&self.post(), body).map_err(|error| CallError::unsendable(&error))?;
        self.client.request(request).await
    }

    async fn merge<T: DeserializeOwned>(
        &self,
        url: String,
        name: &str,
        patch: &Value,
    ) -> Result<T, CallError> {
        let request = Request::new(url)
            .patch(name, &self.patch(), &Patch::Merge(patch))
            .map_err(|error| CallError::unsendable(&error))?;
        self.client.request(request).await
    }

    /// Creates the Secret of the webhook's certificate
    ///
    /// # Errors
    /// [`CallError::AlreadyExists`] if another replica was first.
    pub(crate) async fn create_secret(&self, namespace: &str, secret: &Value) -> Result<(), CallError> {
        self.create::<Value>(Secret::url_path(&(), Some(namespace)), secret).await.map(drop)
    }

    /// Replaces it; `secret` is the whole object with the resourceVersion that was read
    ///
    /// # Errors
    /// [`CallError::Conflict`] if another replica was first.
    pub(crate) async fn replace_secret(
        &self,
        namespace: &str,
        name: &str,
        secret: &Value,
    ) -> Result<(), CallError> {
        let body = serde_json::to_vec(secret).map_err(|error| CallError::unsendable(&error))?;
        let request = Request::new(Secret::url_path(&(), Some(namespace)))
            .replace(name, &self.post(), body)
            .map_err(|error| CallError::unsendable(&error))?;
        self.client.request::<Value>(request).await.map(drop)
    }

    /// Changes webhooks of a validating configuration, each by its name; the patch has the resourceVersion that was read
    ///
    /// # Errors
    /// [`CallError::Conflict`] if it changed since.
    pub(crate) async fn patch_webhooks(&self, name: &str, patch: &Value) -> Result<(), CallError> {
        let resource = ApiResource::erase::<ValidatingWebhookConfiguration>(&());
        let request = Request::new(url(&resource, ""))
            .patch(name, &self.patch(), &Patch::Strategic(patch))
            .map_err(|error| CallError::unsendable(&error))?;
        self.client.request::<Value>(request).await.map(drop)
    }

    fn post(&self) -> PostParams {
        PostParams { field_manager: Some(self.field_manager.clone()), ..PostParams::default() }
    }

    fn patch(&self) -> PatchParams {
        PatchParams { field_manager: Some(self.field_manager.clone()), ..PatchParams::default() }
    }
}

/// Path of a kind, in a namespace or, for an empty one, in the cluster
fn url(resource: &ApiResource, namespace: &str) -> String {
    DynamicObject::url_path(resource, Some(namespace).filter(|namespace| !namespace.is_empty()))
}

// === impl Deleted ===

impl Deleted {
    /// What the object in the answer says
    ///
    /// One that goes at once is shown as it was last: without a deletion, or with no grace period left and no finalizer.
    fn of(metadata: ObjectMeta) -> Self {
        let graceful = metadata.deletion_grace_period_seconds != Some(0);
        let held = metadata.finalizers.is_some_and(|finalizers| !finalizers.is_empty());
        if metadata.deletion_timestamp.is_some() && (graceful || held) {
            Self::Terminating { version: metadata.resource_version.unwrap_or_default() }
        } else {
            Self::Gone
        }
    }
}
