//! `ValidatingWebhookConfiguration` and `MutatingWebhookConfiguration`: stored, not called
//!
//! It owns what is particular about the kind; the form of its fields is in its schema.

use super::BuiltIn;

pub(super) const VALIDATING: BuiltIn = BuiltIn {
    group: "admissionregistration.k8s.io",
    kind: "ValidatingWebhookConfiguration",
    plural: "validatingwebhookconfigurations",
    singular: "validatingwebhookconfiguration",
    categories: &["api-extensions"],
    namespaced: false,
    schema: "io.k8s.api.admissionregistration.v1.ValidatingWebhookConfiguration",
    generation: true,
    unconditional_update: false,
    ..BuiltIn::PLAIN
};

pub(super) const MUTATING: BuiltIn = BuiltIn {
    group: "admissionregistration.k8s.io",
    kind: "MutatingWebhookConfiguration",
    plural: "mutatingwebhookconfigurations",
    singular: "mutatingwebhookconfiguration",
    categories: &["api-extensions"],
    namespaced: false,
    schema: "io.k8s.api.admissionregistration.v1.MutatingWebhookConfiguration",
    generation: true,
    unconditional_update: false,
    ..BuiltIn::PLAIN
};
