//! `ServiceAccount`: who a pod is
//!
//! It owns what is particular about the kind; the form of its fields is in its schema.

use serde_json::{Value, json};

use super::edit::{each, fill};
use super::{BuiltIn, Column, age};

pub(super) const KIND: BuiltIn = BuiltIn {
    kind: "ServiceAccount",
    plural: "serviceaccounts",
    singular: "serviceaccount",
    short_names: &["sa"],
    schema: "io.k8s.api.core.v1.ServiceAccount",
    refused: &["token"],
    delete_shows_object: true,
    default: |object| fill(object, "ServiceAccount", |_| {}),
    prepare_create: |object, _| {
        clean(object);
        Ok(())
    },
    prepare_update: |new, _| clean(new),
    columns: &[Column::NAME, Column::AGE],
    cells: |object, now| vec![object["metadata"]["name"].clone(), age(object, now)],
    ..BuiltIn::PLAIN
};

/// Of the secrets of an account only the names count
fn clean(object: &mut Value) {
    for secret in each(object, &["secrets"]) {
        let name = secret["name"].clone();
        *secret = if name.is_null() { json!({}) } else { json!({ "name": name }) };
    }
}
