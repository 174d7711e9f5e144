//! The description of an operator: what its `describe` command prints, and all that manifests are made from

use std::collections::BTreeSet;

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

/// A description that no manifests can be made from
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum DescriptionError {
    /// The operator's name is the prefix of names that Kubernetes restricts
    #[error(
        "operator name `{name}` must be a DNS label of at most {max} characters (a-z, 0-9 and `-`, first a letter, last no `-`); \
         change the argument of Operator::new"
    )]
    OperatorName {
        /// As described
        name: String,
        /// The longest that is allowed
        max: usize,
    },
    /// There is nothing to install
    #[error("operator `{operator}` has no resources; add one with .resource::<T>()")]
    NoResources {
        /// Name of the operator
        operator: String,
    },
    /// Two resources would have the same files and roles
    #[error("two resources share the name `{name}`; give one of them another kind and singular name")]
    SharedName {
        /// Singular name or lower-case kind
        name: String,
    },
    /// What `owns(...)` names is not two kinds, or healing's own
    #[error("`{kind}`: {message}")]
    Owned {
        /// Kind of the resource
        kind: String,
        /// What is wrong
        message: String,
    },
}

// === impl Description ===

impl Description {
    /// Name of the lease for leader election: the operator's name and the group of its first resource
    pub fn lease_name(&self) -> String {
        let group = self.resources.first().map(|resource| resource.blueprint.identity.group.as_str());
        group.map_or_else(|| self.operator.clone(), |group| format!("{}.{group}", self.operator))
    }

    /// Longest operator name: `<operator>-controller-manager` must stay a DNS label of 63 characters
    pub const OPERATOR_NAME_MAX: usize = 44;

    /// Whether manifests can be made from this description
    ///
    /// # Errors
    /// The first [`DescriptionError`] that applies.
    pub fn check(&self) -> Result<(), DescriptionError> {
        if !is_prefix(&self.operator) {
            return Err(DescriptionError::OperatorName {
                name: self.operator.clone(),
                max: Self::OPERATOR_NAME_MAX,
            });
        }
        if self.resources.is_empty() {
            return Err(DescriptionError::NoResources { operator: self.operator.clone() });
        }
        let identities = || self.resources.iter().map(|one| &one.blueprint.identity);
        let shared = repeated(identities().map(|one| one.singular.clone()))
            .or_else(|| repeated(identities().map(|one| one.kind.to_lowercase())));
        if let Some(name) = shared {
            return Err(DescriptionError::SharedName { name });
        }
        let owned = self.resources.iter().flat_map(|one| {
            let kind = &one.blueprint.identity.kind;
            one.blueprint.check_owned().into_iter().map(move |error| (kind.clone(), error.message))
        });
        owned
            .into_iter()
            .next()
            .map_or(Ok(()), |(kind, message)| Err(DescriptionError::Owned { kind, message }))
    }
}

fn is_prefix(name: &str) -> bool {
    name.len() <= Description::OPERATOR_NAME_MAX
        && name.starts_with(|first: char| first.is_ascii_lowercase())
        && !name.ends_with('-')
        && name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
}

fn repeated(names: impl Iterator<Item = String>) -> Option<String> {
    let mut seen = BTreeSet::new();
    names.into_iter().find(|name| !seen.insert(name.clone()))
}

#[cfg(test)]
mod tests;
