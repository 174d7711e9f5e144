//! Lease: who holds something, and until when
//!
//! It owns what is particular about the kind; the form of its fields is in its schema.

use super::cell::text;
use super::edit::fill;
use super::{BuiltIn, Column, age};

pub(super) const KIND: BuiltIn = BuiltIn {
    group: "coordination.k8s.io",
    kind: "Lease",
    plural: "leases",
    singular: "lease",
    schema: "io.k8s.api.coordination.v1.Lease",
    unconditional_update: false,
    create_on_update: true,
    default: |object| fill(object, "Lease", |_| {}),
    columns: &[Column::NAME, Column::shown("Holder", "string", "@spec.holderIdentity"), Column::AGE],
    cells: |object, now| {
        let holder = text(&object["spec"]["holderIdentity"]);
        vec![object["metadata"]["name"].clone(), holder.into(), age(object, now)]
    },
    ..BuiltIn::PLAIN
};
