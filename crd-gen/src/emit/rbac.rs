//! Who may do what: the operator's own role, and roles for people who use its resources
//!
//! The operator's rules are exactly the requests that healing-runtime sends, and nothing for convenience.

use std::collections::BTreeMap;

use healing_model::{Blueprint, Identity};
use serde_json::{Value, json};

use super::Names;
use crate::Description;

const API_VERSION: &str = "rbac.authorization.k8s.io/v1";
const API_GROUP: &str = "rbac.authorization.k8s.io";

/// The service account that the operator runs as
pub fn service_account(names: &Names) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": {
            "name": names.service_account(),
            "namespace": names.namespace(),
            "labels": names.labels(),
        },
    })
}

/// The cluster role with what the operator does, in every namespace
pub fn manager_role(names: &Names, description: &Description) -> Value {
    let mut plurals: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for Identity { group, plural, .. } in description.resources.iter().map(|one| &one.blueprint.identity) {
        plurals.entry(group).or_default().push(plural);
    }
    let mut rules = vec![
        rule("", &["pods"], &["create", "delete", "get", "list", "watch"]),
        rule("events.k8s.io", &["events"], &["create", "patch"]),
    ];
    for (group, plurals) in plurals {
        // patch adds and removes the finalizer; the status is written as a whole, under its resourceVersion
        rules.push(rule(group, &plurals, &["get", "list", "patch", "watch"]));
        rules.push(rule(group, &with_suffix(&plurals, "/status"), &["update"]));
        // lets owner references of pods block the owner's deletion where OwnerReferencesPermissionEnforcement is on
        rules.push(rule(group, &with_suffix(&plurals, "/finalizers"), &["update"]));
    }
    cluster_role(names, "manager-role", &json!({}), &rules)
}

/// Gives [`manager_role`] to [`service_account`]
pub fn manager_role_binding(names: &Names) -> Value {
    json!({
        "apiVersion": API_VERSION,
        "kind": "ClusterRoleBinding",
        "metadata": { "name": names.of("manager-rolebinding"), "labels": names.labels() },
        "roleRef": { "apiGroup": API_GROUP, "kind": "ClusterRole", "name": names.of("manager-role") },
        "subjects": [{
            "kind": "ServiceAccount",
            "name": names.service_account(),
            "namespace": names.namespace(),
        }],
    })
}

/// Three cluster roles for people who use a resource: admin, editor, viewer
///
/// They join the cluster's own `admin`, `edit` and `view` roles by aggregation. Nothing in the operator needs them.
pub fn access_roles(names: &Names, blueprint: &Blueprint) -> [Value; 3] {
    let Identity { group, plural, singular, .. } = &blueprint.identity;
    let status = rule(group, &with_suffix(&[plural], "/status"), &["get"]);
    let scale = with_suffix(&[plural], "/scale");
    let role = |who: &str, joins: &[&str], rules: &[Value]| {
        let labels = joins.iter().map(|one| (format!("{API_GROUP}/aggregate-to-{one}"), json!("true")));
        cluster_role(names, &format!("{singular}-{who}-role"), &labels.collect(), rules)
    };
    let write = ["create", "delete", "get", "list", "patch", "update", "watch"];
    [
        role("admin", &["admin"], &[rule(group, &[plural], &["*"]), status.clone()]),
        role(
            "editor",
            &["admin", "edit"],
            &[
                rule(group, &[plural], &write),
                rule(group, &scale, &["get", "patch", "update"]),
                status.clone(),
            ],
        ),
        role(
            "viewer",
            &["admin", "edit", "view"],
            &[rule(group, &[plural], &["get", "list", "watch"]), rule(group, &scale, &["get"]), status],
        ),
    ]
}

fn cluster_role(names: &Names, name: &str, extra_labels: &Value, rules: &[Value]) -> Value {
    let mut labels = names.labels();
    for (key, value) in extra_labels.as_object().into_iter().flatten() {
        labels[key] = value.clone();
    }
    json!({
        "apiVersion": API_VERSION,
        "kind": "ClusterRole",
        "metadata": { "name": names.of(name), "labels": labels },
        "rules": rules,
    })
}

fn rule(group: &str, resources: &[impl AsRef<str>], verbs: &[&str]) -> Value {
    let resources: Vec<&str> = resources.iter().map(AsRef::as_ref).collect();
    json!({ "apiGroups": [group], "resources": resources, "verbs": verbs })
}

fn with_suffix(plurals: &[impl AsRef<str>], suffix: &str) -> Vec<String> {
    plurals.iter().map(|plural| format!("{}{suffix}", plural.as_ref())).collect()
}
