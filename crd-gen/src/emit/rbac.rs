//! Who may do what: the operator's own roles, and roles for people who use its resources
//!
//! The operator's rules are exactly the requests that healing-runtime sends and what its author declared, and nothing
//! for convenience. The trial `real::permissions_are_all_used_and_enough` holds them against the requests.

mod cluster_scoped;
mod webhook;

use std::collections::{BTreeMap, BTreeSet};

use healing_model::{Blueprint, Identity, PolicyRule};
use serde_json::{Value, json};

pub use cluster_scoped::is_cluster_scoped;
pub use webhook::webhook_roles;

use super::{Names, Settings};
use crate::Description;

const API_VERSION: &str = "rbac.authorization.k8s.io/v1";
const API_GROUP: &str = "rbac.authorization.k8s.io";
/// The role with what the operator does, without the operator's prefix
const MANAGER: &str = "manager-role";
const MANAGER_BINDING: &str = "manager-rolebinding";
/// The same for what it needs to be the one that works
const LEADER: &str = "leader-election-role";
const LEADER_BINDING: &str = "leader-election-rolebinding";

/// What the operator does, by where it does it
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ManagerRules {
    /// Where its resources are: in every namespace, or in those that it was limited to
    pub namespaced: Vec<Value>,
    /// On objects that belong to no namespace
    pub cluster: Vec<Value>,
}

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

/// The rules of the operator's role
pub fn manager_rules(description: &Description) -> ManagerRules {
    let blueprints = || description.resources.iter().map(|one| &one.blueprint);
    let mut plurals: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for Identity { group, plural, .. } in blueprints().map(|one| &one.identity) {
        plurals.entry(group).or_default().push(plural);
    }
    let mut owned: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for kind in blueprints().flat_map(|one| &one.owns) {
        owned.entry(&kind.group).or_default().insert(&kind.plural);
    }
    let mut namespaced = vec![
        rule("", &["pods"], &["create", "delete", "get", "list", "watch"]),
        // heals of Ready pods, and where that is declared, their scale-down and rollout
        rule("", &["pods/eviction"], &["create"]),
        // stored templates; patch: one that is asked for again gets another number
        rule("apps", &["controllerrevisions"], &["create", "delete", "list", "patch", "watch"]),
        rule("events.k8s.io", &["events"], &["create", "patch"]),
    ];
    for (group, kinds) in owned {
        let kinds: Vec<&str> = kinds.into_iter().collect();
        // create and patch: an apply on the server's side makes what is not there; get: who has the name otherwise
        namespaced.push(rule(group, &kinds, &["create", "delete", "get", "list", "patch", "watch"]));
    }
    for (group, plurals) in plurals {
        // patch adds and removes the finalizer; the status is written as a whole, under its resourceVersion
        namespaced.push(rule(group, &plurals, &["get", "list", "patch", "watch"]));
        namespaced.push(rule(group, &with_suffix(&plurals, "/status"), &["update"]));
        // lets owner references of pods block the owner's deletion where OwnerReferencesPermissionEnforcement is on
        namespaced.push(rule(group, &with_suffix(&plurals, "/finalizers"), &["update"]));
    }
    // get: a pod is forced only once its node has been read live
    let nodes = rule("", &["nodes"], &["get", "list", "watch"]);
    let cluster = if blueprints().any(Blueprint::reads_nodes) { vec![nodes] } else { Vec::new() };
    let mut rules = ManagerRules { namespaced, cluster };
    for declared in blueprints().flat_map(|one| &one.rbac) {
        rules.declare(declared);
    }
    rules
}

/// The role with what the operator does: a cluster role, or where it is limited to namespaces, a role in each of them
///
/// Objects that belong to no namespace can be granted in the cluster only; a cluster role for them stays in any case.
pub fn manager_roles(names: &Names, description: &Description, settings: &Settings) -> Vec<Value> {
    let rules = manager_rules(description);
    if settings.namespaces.is_empty() {
        let all = [rules.namespaced, rules.cluster].concat();
        return vec![cluster_role(names, MANAGER, &json!({}), &all)];
    }
    let everywhere =
        (!rules.cluster.is_empty()).then(|| cluster_role(names, MANAGER, &json!({}), &rules.cluster));
    let there =
        settings.namespaces.iter().map(|namespace| role(names, MANAGER, namespace, &rules.namespaced));
    everywhere.into_iter().chain(there).collect()
}

/// Gives [`manager_roles`] to [`service_account`]
pub fn manager_role_bindings(names: &Names, description: &Description, settings: &Settings) -> Vec<Value> {
    let bound = |role: &Value| match role["metadata"]["namespace"].as_str() {
        Some(namespace) => role_binding(names, MANAGER_BINDING, MANAGER, namespace),
        None => cluster_role_binding(names, MANAGER_BINDING, MANAGER),
    };
    manager_roles(names, description, settings).iter().map(bound).collect()
}

/// The role for leader election, in the operator's own namespace, and its binding
///
/// It is for one lease by its name. To make it cannot be granted by name: the API server knows none at that time.
pub fn leader_election(names: &Names, description: &Description) -> [Value; 2] {
    let namespace = names.namespace();
    let mut own = rule("coordination.k8s.io", &["leases"], &["get", "update"]);
    own["resourceNames"] = json!([description.lease_name()]);
    let rules = [
        rule("coordination.k8s.io", &["leases"], &["create"]),
        own,
        // says on the lease who leads
        rule("events.k8s.io", &["events"], &["create"]),
    ];
    [role(names, LEADER, &namespace, &rules), role_binding(names, LEADER_BINDING, LEADER, &namespace)]
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

// === impl ManagerRules ===

impl ManagerRules {
    /// Adds what the operator's author declared, once
    fn declare(&mut self, declared: &PolicyRule) {
        let in_cluster =
            |resource: &&String| declared.api_groups.iter().any(|group| is_cluster_scoped(group, resource));
        let (cluster, namespaced) = declared.resources.iter().partition::<Vec<&String>, _>(in_cluster);
        for (resources, rules) in [(namespaced, &mut self.namespaced), (cluster, &mut self.cluster)] {
            let mut rule = json!({
                "apiGroups": declared.api_groups,
                "resources": resources,
                "verbs": declared.verbs,
            });
            if !declared.resource_names.is_empty() {
                rule["resourceNames"] = json!(declared.resource_names);
            }
            if !resources.is_empty() && !rules.contains(&rule) {
                rules.push(rule);
            }
        }
    }
}

// --- documents

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

fn role(names: &Names, name: &str, namespace: &str, rules: &[Value]) -> Value {
    json!({
        "apiVersion": API_VERSION,
        "kind": "Role",
        "metadata": { "name": names.of(name), "namespace": namespace, "labels": names.labels() },
        "rules": rules,
    })
}

fn cluster_role_binding(names: &Names, name: &str, role: &str) -> Value {
    json!({
        "apiVersion": API_VERSION,
        "kind": "ClusterRoleBinding",
        "metadata": { "name": names.of(name), "labels": names.labels() },
        "roleRef": { "apiGroup": API_GROUP, "kind": "ClusterRole", "name": names.of(role) },
        "subjects": subjects(names),
    })
}

fn role_binding(names: &Names, name: &str, role: &str, namespace: &str) -> Value {
    json!({
        "apiVersion": API_VERSION,
        "kind": "RoleBinding",
        "metadata": { "name": names.of(name), "namespace": namespace, "labels": names.labels() },
        "roleRef": { "apiGroup": API_GROUP, "kind": "Role", "name": names.of(role) },
        "subjects": subjects(names),
    })
}

fn subjects(names: &Names) -> Value {
    json!([{ "kind": "ServiceAccount", "name": names.service_account(), "namespace": names.namespace() }])
}

fn rule(group: &str, resources: &[impl AsRef<str>], verbs: &[&str]) -> Value {
    let resources: Vec<&str> = resources.iter().map(AsRef::as_ref).collect();
    json!({ "apiGroups": [group], "resources": resources, "verbs": verbs })
}

fn with_suffix(plurals: &[impl AsRef<str>], suffix: &str) -> Vec<String> {
    plurals.iter().map(|plural| format!("{}{suffix}", plural.as_ref())).collect()
}

#[cfg(test)]
mod tests;
