//! Pod: containers that run together
//!
//! It owns what is particular about the kind; the form of its fields is in its schema.

mod columns;

use super::BuiltIn;

pub(super) const KIND: BuiltIn = BuiltIn {
    kind: "Pod",
    plural: "pods",
    singular: "pod",
    short_names: &["po"],
    categories: &["all"],
    schema: "io.k8s.api.core.v1.Pod",
    subresources: &["status", "binding", "eviction", "log"],
    refused: &["attach", "ephemeralcontainers", "exec", "portforward", "proxy", "resize"],
    generation: true,
    delete_shows_object: true,
    columns: columns::COLUMNS,
    finished: columns::finished,
    cells: columns::cells,
    ..BuiltIn::PLAIN
};
