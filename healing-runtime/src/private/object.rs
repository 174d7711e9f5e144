//! How whole objects are written and read, once for all resources

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::Resource;
use serde::{Deserialize, Serialize, Serializer, ser::SerializeStruct as _};

/// An object as it is read; `apiVersion` and `kind` are the reader's expectation and are ignored
#[derive(Deserialize)]
pub struct Object<Spec, Status> {
    /// Standard object metadata
    pub metadata: ObjectMeta,
    /// Desired state
    pub spec: Spec,
    /// Observed state
    #[serde(default = "Option::default")]
    pub status: Option<Status>,
}

/// Writes an object with its `apiVersion` and `kind`; an absent status is left out
///
/// # Errors
///
/// The serializer's.
pub fn serialize_object<R, Spec, Status, S>(
    object: &R,
    spec: &Spec,
    status: Option<&Status>,
    serializer: S,
) -> Result<S::Ok, S::Error>
where
    R: Resource<DynamicType = ()>,
    Spec: Serialize,
    Status: Serialize,
    S: Serializer,
{
    let mut written = serializer.serialize_struct("Object", 4 + usize::from(status.is_some()))?;
    written.serialize_field("apiVersion", &R::api_version(&()))?;
    written.serialize_field("kind", &R::kind(&()))?;
    written.serialize_field("metadata", object.meta())?;
    written.serialize_field("spec", spec)?;
    if let Some(status) = status {
        written.serialize_field("status", status)?;
    }
    written.end()
}

/// The metadata of an object that has a name and nothing else yet
pub fn named(name: &str) -> ObjectMeta {
    ObjectMeta { name: Some(name.to_owned()), ..ObjectMeta::default() }
}
