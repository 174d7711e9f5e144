//! Kinds that a resource owns beside its pods
//!
//! The derive knows them as paths, which rustc resolves: group, plural and the rest are filled in when the program
//! runs.

use serde::{Deserialize, Serialize};

/// One kind of objects that a resource owns beside its pods; namespaced
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OwnedKind {
    /// API group; empty for the core group
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub group: String,
    /// API version
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub version: String,
    /// Kind, such as `ConfigMap`; in the derive the path as it is written
    pub kind: String,
    /// Plural name of the resource
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub plural: String,
}

// === impl OwnedKind ===

impl OwnedKind {
    /// A kind of which only the path is known
    pub fn written(path: impl Into<String>) -> Self {
        Self { kind: path.into(), ..Self::default() }
    }

    /// `group/version`, as written in an object's `apiVersion`
    pub fn api_version(&self) -> String {
        if self.group.is_empty() { self.version.clone() } else { format!("{}/{}", self.group, self.version) }
    }

    /// Whether these are the pods that healing itself keeps
    pub(crate) fn is_pod(&self) -> bool {
        self.group.is_empty() && self.kind.rsplit("::").next() == Some("Pod")
    }

    /// Whether these are the templates that healing itself stores
    pub(crate) fn is_revision(&self) -> bool {
        (self.group.is_empty() || self.group == "apps")
            && self.kind.rsplit("::").next() == Some("ControllerRevision")
    }

    /// Whether both name the same objects, in whichever version
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.group == other.group && self.kind == other.kind
    }
}
