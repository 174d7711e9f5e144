//! `ValidatingWebhookConfiguration` and `MutatingWebhookConfiguration`: stored, not called
//!
//! It owns what is particular about the kind; the form of its fields is in its schema.

use jiff::Timestamp;
use serde_json::Value;

use super::{BuiltIn, Column, age};

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
    columns: WEBHOOK_COLUMNS,
    cells: webhook_cells,
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
    columns: WEBHOOK_COLUMNS,
    cells: webhook_cells,
    ..BuiltIn::PLAIN
};

const WEBHOOK_COLUMNS: &[Column] = &[
    Column::NAME,
    Column::shown(
        "Webhooks",
        "integer",
        "Webhooks indicates the number of webhooks registered in this configuration",
    ),
    Column::AGE,
];

fn webhook_cells(object: &Value, now: Timestamp) -> Vec<Value> {
    let count = object["webhooks"].as_array().map_or(0, Vec::len);
    vec![object["metadata"]["name"].clone(), count.into(), age(object, now)]
}
