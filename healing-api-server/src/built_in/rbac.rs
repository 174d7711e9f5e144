//! Role, `RoleBinding`, `ClusterRole`, `ClusterRoleBinding`: stored, not enforced
//!
//! It owns what is particular about the kind; the form of its fields is in its schema.

use jiff::Timestamp;
use serde_json::Value;

use super::cell::{each, text};
use super::edit::{self, fill};
use super::{BuiltIn, Column, NameRule, age};

pub(super) const ROLE: BuiltIn = BuiltIn {
    group: "rbac.authorization.k8s.io",
    kind: "Role",
    plural: "roles",
    singular: "role",
    schema: "io.k8s.api.rbac.v1.Role",
    names: NameRule::PathSegment,
    create_on_update: true,
    default: |object| fill(object, "Role", |_| {}),
    ..BuiltIn::PLAIN
};

pub(super) const ROLE_BINDING: BuiltIn = BuiltIn {
    group: "rbac.authorization.k8s.io",
    kind: "RoleBinding",
    plural: "rolebindings",
    singular: "rolebinding",
    schema: "io.k8s.api.rbac.v1.RoleBinding",
    names: NameRule::PathSegment,
    create_on_update: true,
    default: |object| fill(object, "RoleBinding", binding_default),
    columns: &[
        Column::NAME,
        Column::shown("Role", "string", "@roleRef"),
        Column::AGE,
        Column::wide("Users", "string", "Users in the roleBinding"),
        Column::wide("Groups", "string", "Groups in the roleBinding"),
        Column::wide("ServiceAccounts", "string", "ServiceAccounts in the roleBinding"),
    ],
    cells: binding_cells,
    ..BuiltIn::PLAIN
};

pub(super) const CLUSTER_ROLE: BuiltIn = BuiltIn {
    group: "rbac.authorization.k8s.io",
    kind: "ClusterRole",
    plural: "clusterroles",
    singular: "clusterrole",
    namespaced: false,
    schema: "io.k8s.api.rbac.v1.ClusterRole",
    names: NameRule::PathSegment,
    create_on_update: true,
    default: |object| fill(object, "ClusterRole", |_| {}),
    ..BuiltIn::PLAIN
};

pub(super) const CLUSTER_ROLE_BINDING: BuiltIn = BuiltIn {
    group: "rbac.authorization.k8s.io",
    kind: "ClusterRoleBinding",
    plural: "clusterrolebindings",
    singular: "clusterrolebinding",
    namespaced: false,
    schema: "io.k8s.api.rbac.v1.ClusterRoleBinding",
    names: NameRule::PathSegment,
    create_on_update: true,
    default: |object| fill(object, "ClusterRoleBinding", binding_default),
    columns: &[
        Column::NAME,
        Column::shown("Role", "string", "@roleRef"),
        Column::AGE,
        Column::wide("Users", "string", "Users in the clusterRoleBinding"),
        Column::wide("Groups", "string", "Groups in the clusterRoleBinding"),
        Column::wide("ServiceAccounts", "string", "ServiceAccounts in the clusterRoleBinding"),
    ],
    cells: binding_cells,
    ..BuiltIn::PLAIN
};

fn binding_cells(object: &Value, now: Timestamp) -> Vec<Value> {
    let role = &object["roleRef"];
    let role = format!("{}/{}", text(&role["kind"]), text(&role["name"]));
    let mut cells = vec![object["metadata"]["name"].clone(), role.into(), age(object, now)];
    for kind in ["User", "Group", "ServiceAccount"] {
        let subjects = each(&object["subjects"]).filter(|subject| subject["kind"] == kind);
        let names = subjects.map(|subject| match (kind, text(&subject["namespace"])) {
            ("ServiceAccount", namespace) if !namespace.is_empty() => {
                format!("{namespace}/{}", text(&subject["name"]))
            }
            _ => text(&subject["name"]).to_owned(),
        });
        cells.push(names.collect::<Vec<_>>().join(", ").into());
    }
    cells
}

fn binding_default(object: &mut Value) {
    const GROUP: &str = "rbac.authorization.k8s.io";
    if let Some(role) = object.get_mut("roleRef") {
        edit::default_text(role, "apiGroup", GROUP);
    }
    for subject in edit::each(object, &["subjects"]) {
        if subject["kind"] == "User" || subject["kind"] == "Group" {
            edit::default_text(subject, "apiGroup", GROUP);
        }
    }
}
