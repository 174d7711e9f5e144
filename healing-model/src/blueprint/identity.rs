//! What the API server calls a resource: group, version, kind and the names derived from them

use serde::{Deserialize, Serialize};

/// The names of a resource in the API
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Identity {
    /// API group, such as `example.com`
    pub group: String,
    /// API version, such as `v1`
    pub version: String,
    /// Kind in `PascalCase`, such as `HealingService`
    pub kind: String,
    /// Plural resource name; default: the lower-case kind with an English plural
    pub plural: String,
    /// Singular resource name; default: the lower-case kind
    pub singular: String,
    /// Short names for `kubectl`, such as `hs`
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub short_names: Vec<String>,
    /// Categories for `kubectl get <category>`, such as `all`
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub categories: Vec<String>,
    /// Whether objects live in a namespace
    pub scope: Scope,
}

/// Whether objects of a resource live in a namespace
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Scope {
    /// Objects live in a namespace, as do their pods
    #[default]
    Namespaced,
    /// Objects live in the cluster
    Cluster,
}

// === impl Identity ===

impl Identity {
    /// `group/version`, as written in an object's `apiVersion`
    pub fn api_version(&self) -> String {
        format!("{}/{}", self.group, self.version)
    }

    /// `plural.group`, the name of the `CustomResourceDefinition`
    pub fn crd_name(&self) -> String {
        format!("{}.{}", self.plural, self.group)
    }
}

/// The English plural of a resource name in lower case, such as `policies` of `policy`
pub fn plural_of(singular: &str) -> String {
    let sibilant = ["s", "x", "z", "ch", "sh"].iter().any(|end| singular.ends_with(end));
    match singular.strip_suffix('y') {
        Some(stem) if !stem.ends_with(['a', 'e', 'i', 'o', 'u']) => format!("{stem}ies"),
        _ if sibilant => format!("{singular}es"),
        _ => format!("{singular}s"),
    }
}

// === impl Scope ===

impl Scope {
    /// Every scope, in the order of the documentation
    pub const ALL: &'static [Self] = &[Self::Namespaced, Self::Cluster];

    /// The word used in a `CustomResourceDefinition` and in attributes
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Namespaced => "Namespaced",
            Self::Cluster => "Cluster",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plurals_are_english() {
        for (singular, plural) in [
            ("healingservice", "healingservices"),
            ("policy", "policies"),
            ("gateway", "gateways"),
            ("ingress", "ingresses"),
            ("box", "boxes"),
            ("batch", "batches"),
        ] {
            assert_eq!(plural_of(singular), plural);
        }
    }
}
