//! Secret
//!
//! It owns what is particular about the kind; the form of its fields is in its schema.

use super::BuiltIn;

pub(super) const KIND: BuiltIn = BuiltIn {
    kind: "Secret",
    plural: "secrets",
    singular: "secret",
    schema: "io.k8s.api.core.v1.Secret",
    ..BuiltIn::PLAIN
};
