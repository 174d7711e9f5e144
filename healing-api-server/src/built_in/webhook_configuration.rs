//! `ValidatingWebhookConfiguration` and `MutatingWebhookConfiguration`: stored, not called
//!
//! It owns what is particular about the kind; the form of its fields is in its schema.

mod validate;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::edit::{self, fill};
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
    default: |object| fill(object, "ValidatingWebhookConfiguration", |object| default(object, false)),
    validate: validate::configuration,
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
    default: |object| fill(object, "MutatingWebhookConfiguration", |object| default(object, true)),
    validate: validate::configuration,
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

fn default(object: &mut Value, mutating: bool) {
    for webhook in edit::each(object, &["webhooks"]) {
        edit::default(webhook, "failurePolicy", "Fail");
        edit::default(webhook, "matchPolicy", "Equivalent");
        edit::default(webhook, "namespaceSelector", json!({}));
        edit::default(webhook, "objectSelector", json!({}));
        edit::default(webhook, "timeoutSeconds", 10);
        if mutating {
            edit::default(webhook, "reinvocationPolicy", "Never");
        }
        edit::each(webhook, &["rules"]).for_each(|rule| edit::default(rule, "scope", "*"));
        if let Some(service) = edit::at(webhook, &["clientConfig", "service"]) {
            edit::default(service, "port", 443);
        }
    }
}
