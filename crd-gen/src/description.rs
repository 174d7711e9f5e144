//! The description of an operator: what its `describe` command prints, and all that manifests are made from

use healing_model::Blueprint;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One operator and the resources that it heals
///
/// Travels as JSON from the operator's `describe` command to crd-gen. Unknown fields are refused, so that an
/// operator built with another release of healing is noticed rather than half understood.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Description {
    /// Name of the operator, such as `healing-operator`: a DNS label, the prefix of everything installed for it
    pub operator: String,
    /// The resources in the order in which they were registered; at least one
    pub resources: Vec<DescribedResource>,
}

/// One resource of an operator
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DescribedResource {
    /// Everything that was declared
    pub blueprint: Blueprint,
    /// The structural schema of the whole object (`openAPIV3Schema`)
    pub schema: Value,
}
