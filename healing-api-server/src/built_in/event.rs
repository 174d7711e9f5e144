//! Event, in two groups: one storage, two forms
//!
//! It owns what is particular about the kind; the form of its fields is in its schema.

use super::BuiltIn;

pub(super) const CORE: BuiltIn = BuiltIn {
    kind: "Event",
    plural: "events",
    singular: "event",
    short_names: &["ev"],
    schema: "io.k8s.api.core.v1.Event",
    create_on_update: true,
    ..BuiltIn::PLAIN
};

pub(super) const EVENTS: BuiltIn = BuiltIn {
    group: "events.k8s.io",
    kind: "Event",
    plural: "events",
    singular: "event",
    short_names: &["ev"],
    schema: "io.k8s.api.events.v1.Event",
    create_on_update: true,
    stored_in: Some(""),
    ..BuiltIn::PLAIN
};
