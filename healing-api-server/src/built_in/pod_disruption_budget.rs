//! `PodDisruptionBudget`
//!
//! It owns what is particular about the kind; the form of its fields is in its schema.

use super::BuiltIn;

pub(super) const KIND: BuiltIn = BuiltIn {
    group: "policy",
    kind: "PodDisruptionBudget",
    plural: "poddisruptionbudgets",
    singular: "poddisruptionbudget",
    short_names: &["pdb"],
    schema: "io.k8s.api.policy.v1.PodDisruptionBudget",
    subresources: &["status"],
    generation: true,
    unconditional_update: false,
    ..BuiltIn::PLAIN
};
