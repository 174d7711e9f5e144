//! Subresources as clients see them: kind, verbs, schema
//!
//! It owns the table. What a subresource does is the business of others.

use crate::kind::Kind;

/// A subresource of a kind
#[derive(Clone, Copy, Debug)]
pub(crate) struct Part {
    pub(crate) name: &'static str,
    /// Group, version and kind of what it takes and gives: no version for one of the same group and version, none for
    /// the kind itself
    pub(crate) of: Option<(&'static str, &'static str, &'static str)>,
    pub(crate) verbs: &'static [&'static str],
    /// Name of its definition in OpenAPI; empty for that of the kind itself
    pub(crate) definition: &'static str,
}

const CHANGES: &[&str] = &["get", "patch", "update"];
/// Those that kinds can have; of custom kinds they are shown in this order
const PARTS: &[Part] = &[
    Part { name: "status", of: None, verbs: CHANGES, definition: "" },
    Part {
        name: "scale",
        of: Some(("autoscaling", "v1", "Scale")),
        verbs: CHANGES,
        definition: "io.k8s.api.autoscaling.v1.Scale",
    },
    Part {
        name: "binding",
        of: Some(("", "", "Binding")),
        verbs: &["create"],
        definition: "io.k8s.api.core.v1.Binding",
    },
    Part {
        name: "eviction",
        of: Some(("policy", "v1", "Eviction")),
        verbs: &["create"],
        definition: "io.k8s.api.policy.v1.Eviction",
    },
    Part { name: "finalize", of: None, verbs: &["update"], definition: "" },
    Part { name: "log", of: None, verbs: &["get"], definition: "" },
];

// === impl Part ===

impl Part {
    /// The subresources of a kind: of built-in ones by name
    pub(crate) fn all(kind: &Kind) -> Vec<Self> {
        let mut parts: Vec<Self> =
            PARTS.iter().filter(|part| kind.has_subresource(part.name)).copied().collect();
        if kind.built_in().is_some() {
            parts.sort_by_key(|part| part.name);
        }
        parts
    }
}
