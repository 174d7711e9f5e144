//! `ServiceAccount`: who a pod is
//!
//! It owns what is particular about the kind; the form of its fields is in its schema.

use super::{BuiltIn, Column, age};

pub(super) const KIND: BuiltIn = BuiltIn {
    kind: "ServiceAccount",
    plural: "serviceaccounts",
    singular: "serviceaccount",
    short_names: &["sa"],
    schema: "io.k8s.api.core.v1.ServiceAccount",
    refused: &["token"],
    delete_shows_object: true,
    columns: &[Column::NAME, Column::AGE],
    cells: |object, now| vec![object["metadata"]["name"].clone(), age(object, now)],
    ..BuiltIn::PLAIN
};
