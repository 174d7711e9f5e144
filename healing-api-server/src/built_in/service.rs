//! Service
//!
//! It owns what is particular about the kind; the form of its fields is in its schema.

use super::{BuiltIn, NameRule};

pub(super) const KIND: BuiltIn = BuiltIn {
    kind: "Service",
    plural: "services",
    singular: "service",
    short_names: &["svc"],
    categories: &["all"],
    schema: "io.k8s.api.core.v1.Service",
    subresources: &["status"],
    refused: &["proxy"],
    names: NameRule::Label,
    create_on_update: true,
    delete_shows_object: true,
    ..BuiltIn::PLAIN
};
