//! Lease
//!
//! It owns what is particular about the kind; the form of its fields is in its schema.

use super::BuiltIn;

pub(super) const KIND: BuiltIn = BuiltIn {
    group: "coordination.k8s.io",
    kind: "Lease",
    plural: "leases",
    singular: "lease",
    schema: "io.k8s.api.coordination.v1.Lease",
    unconditional_update: false,
    create_on_update: true,
    ..BuiltIn::PLAIN
};
