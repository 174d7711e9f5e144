//! What the `CustomResourceDefinition` says besides names, columns and schema
//!
//! It owns the state of the version and the metadata of the definition itself. Objects of the resource carry none of
//! it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// State of the declared version, and metadata of the definition
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Definition {
    /// Whether the API server answers requests for the version; default true
    pub served: bool,
    /// Whether objects are stored in the version; default true
    pub storage: bool,
    /// Whether the API server warns each client that uses the version; default false
    pub deprecated: bool,
    /// What it warns with; absent: the API server's own words
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deprecation_warning: Option<String>,
    /// Annotations of the definition
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
    /// Labels of the definition
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
}

// === impl Definition ===

impl Definition {
    /// Whether nothing was said: the version is served and stored, without a warning, annotations or labels
    pub fn is_plain(&self) -> bool {
        *self == Self::default()
    }
}

impl Default for Definition {
    fn default() -> Self {
        Self {
            served: true,
            storage: true,
            deprecated: false,
            deprecation_warning: None,
            annotations: BTreeMap::new(),
            labels: BTreeMap::new(),
        }
    }
}
