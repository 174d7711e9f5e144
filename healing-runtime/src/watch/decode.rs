//! One watched object, decoded so that a bad one hurts nobody else
//!
//! Metadata is always there; the content is a value or a message with the path of the field. managedFields are
//! dropped before anything is decoded. Decoding never fails as long as the API server sends JSON, so a bad object
//! neither breaks the list that it is in nor stops the watch.

use std::{borrow::Cow, panic::catch_unwind};

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::{
    Resource,
    core::{ApiResource, DynamicResourceScope},
};
use serde::{Deserialize, Deserializer, de::DeserializeOwned};
use serde_json::Value;

use crate::{change::Key, shutdown};

/// An object of any kind as a watch or list shows it
#[derive(Clone, Debug)]
pub(crate) struct Watched<T> {
    /// `metadata` without managedFields; of an object with broken metadata only what names it
    pub(crate) metadata: ObjectMeta,
    /// The object, or why it could not be decoded
    pub(crate) content: Result<T, String>,
}

// === impl Watched ===

impl<T> Watched<T> {
    /// Namespace and name
    pub(crate) fn key(&self) -> Key {
        Key::new(
            self.metadata.namespace.as_deref().unwrap_or_default(),
            self.metadata.name.as_deref().unwrap_or_default(),
        )
    }

    /// The same with its content as something else
    pub(crate) fn into_content<U>(self) -> Watched<U>
    where
        T: Into<U>,
    {
        Watched { metadata: self.metadata, content: self.content.map(Into::into) }
    }

    /// The resourceVersion, where it is a number as all API servers write it
    pub(crate) fn version(&self) -> Option<u64> {
        self.metadata.resource_version.as_deref()?.parse().ok()
    }
}

impl<T: DeserializeOwned> Watched<T> {
    /// Decodes an object
    pub(crate) fn decode(mut object: Value) -> Self {
        if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
            metadata.remove("managedFields");
        }
        // The decoder may be the user's: its panic is a fault of this object and must not end the watch.
        let content = catch_unwind(|| serde_path_to_error::deserialize(&object))
            .map_err(|panic| format!("the decoder panicked: {}", shutdown::said(panic.as_ref())))
            .and_then(|decoded| decoded.map_err(|error| error.to_string()));
        match ObjectMeta::deserialize(&object["metadata"]) {
            Ok(metadata) => Self { metadata, content },
            Err(error) => Self {
                metadata: named(&object["metadata"]),
                content: content.and_then(|_| Err(format!("metadata: {error}"))),
            },
        }
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Watched<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Value::deserialize(deserializer).map(Self::decode)
    }
}

impl<T> Resource for Watched<T> {
    type DynamicType = ApiResource;
    type Scope = DynamicResourceScope;

    fn kind(resource: &ApiResource) -> Cow<'_, str> {
        resource.kind.as_str().into()
    }

    fn group(resource: &ApiResource) -> Cow<'_, str> {
        resource.group.as_str().into()
    }

    fn version(resource: &ApiResource) -> Cow<'_, str> {
        resource.version.as_str().into()
    }

    fn plural(resource: &ApiResource) -> Cow<'_, str> {
        resource.plural.as_str().into()
    }

    fn meta(&self) -> &ObjectMeta {
        &self.metadata
    }

    fn meta_mut(&mut self) -> &mut ObjectMeta {
        &mut self.metadata
    }
}

/// What names an object whose metadata does not decode
fn named(metadata: &Value) -> ObjectMeta {
    let text = |field: &str| metadata[field].as_str().map(str::to_owned);
    ObjectMeta {
        name: text("name"),
        namespace: text("namespace"),
        uid: text("uid"),
        resource_version: text("resourceVersion"),
        generation: metadata["generation"].as_i64(),
        // The owner is what a bad pod blocks, so it is kept wherever it can be read.
        owner_references: Deserialize::deserialize(&metadata["ownerReferences"]).ok(),
        ..ObjectMeta::default()
    }
}
