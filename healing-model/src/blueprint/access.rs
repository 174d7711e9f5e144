//! Access: permissions that the user's own code needs besides those that follow from the blueprint
//!
//! What healing itself needs is computed by crd-gen and never declared.

use serde::{Deserialize, Serialize};

/// One extra rule of the operator's role, in the words of RBAC
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PolicyRule {
    /// API groups; the empty one is the core group
    pub api_groups: Vec<String>,
    /// Plural names of resources, with their subresource where one is meant, such as `pods/log`
    pub resources: Vec<String>,
    /// Names of single objects; empty: all of them
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resource_names: Vec<String>,
    /// What may be done, such as `get`
    pub verbs: Vec<String>,
}
