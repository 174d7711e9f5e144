//! Role, `RoleBinding`, `ClusterRole`, `ClusterRoleBinding`: stored, not enforced
//!
//! It owns what is particular about the kind; the form of its fields is in its schema.

use jiff::Timestamp;
use serde_json::{Value, json};
use structural_schema::FieldError;

use super::cell::{each, text};
use super::check::Errors;
use super::edit::{self, fill};
use super::{BuiltIn, Column, NameRule, age};
use crate::meta::subdomain;

pub(super) const ROLE: BuiltIn = BuiltIn {
    group: "rbac.authorization.k8s.io",
    kind: "Role",
    plural: "roles",
    singular: "role",
    schema: "io.k8s.api.rbac.v1.Role",
    names: NameRule::PathSegment,
    create_on_update: true,
    default: |object| fill(object, "Role", |_| {}),
    validate: |new, _| rules(new, true),
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
    validate: |new, old| binding(new, old, &["Role", "ClusterRole"]),
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
    validate: |new, _| {
        let mut errors = Errors(rules(new, false));
        let aggregation = &new["aggregationRule"];
        if aggregation.is_object() && each(&aggregation["clusterRoleSelectors"]).next().is_none() {
            let detail = "at least one clusterRoleSelector required if aggregationRule is non-nil";
            errors.required("aggregationRule.clusterRoleSelectors", detail);
        }
        errors.0
    },
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
    validate: |new, old| binding(new, old, &["ClusterRole"]),
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
        let names = subjects.map(|subject| match kind {
            "ServiceAccount" => format!("{}/{}", text(&subject["namespace"]), text(&subject["name"])),
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

fn rules(role: &Value, namespaced: bool) -> Vec<FieldError> {
    let mut errors = Errors::default();
    for (index, rule) in each(&role["rules"]).enumerate() {
        let at = |field: &str| format!("rules[{index}].{field}");
        let count = |field: &str| each(&rule[field]).count();
        let urls = &rule["nonResourceURLs"];
        if count("nonResourceURLs") > 0 {
            if namespaced {
                let detail = "namespaced rules cannot apply to non-resource URLs";
                errors.invalid(at("nonResourceURLs"), urls, detail);
            } else if count("apiGroups") + count("resources") + count("resourceNames") > 0 {
                let detail = "rules cannot apply to both regular resources and non-resource URLs";
                errors.invalid(at("nonResourceURLs"), urls, detail);
            }
        } else {
            for (field, words) in [("apiGroups", "api group"), ("resources", "resource")] {
                if count(field) == 0 {
                    let detail = format!("resource rules must supply at least one {words}");
                    errors.required(at(field), &detail);
                }
            }
        }
        if count("verbs") == 0 {
            errors.required(at("verbs"), "");
        }
    }
    errors.0
}

fn binding(new: &Value, old: Option<&Value>, kinds: &[&str]) -> Vec<FieldError> {
    const GROUP: &str = "rbac.authorization.k8s.io";
    let mut errors = Errors::default();
    let role = &new["roleRef"];
    errors.one_of("roleRef.apiGroup", &role["apiGroup"], &[GROUP]);
    if !kinds.contains(&text(&role["kind"])) {
        errors.not_supported("roleRef.kind", &role["kind"], kinds);
    }
    if text(&role["name"]).is_empty() {
        errors.required("roleRef.name", "");
    }
    let is_cluster_wide = kinds.len() == 1;
    for (index, subject) in each(&new["subjects"]).enumerate() {
        let at = |field: &str| format!("subjects[{index}].{field}");
        let (name, kind) = (text(&subject["name"]), text(&subject["kind"]));
        match kind {
            "ServiceAccount" => {
                if !name.is_empty() {
                    errors.problems(&at("name"), name, subdomain(name));
                }
                if !text(&subject["apiGroup"]).is_empty() {
                    errors.not_supported(at("apiGroup"), &subject["apiGroup"], &[""]);
                }
                if is_cluster_wide && text(&subject["namespace"]).is_empty() {
                    errors.required(at("namespace"), "");
                }
            }
            "User" | "Group" => errors.one_of(&at("apiGroup"), &subject["apiGroup"], &[GROUP]),
            _ => {
                errors.not_supported(at("kind"), &subject["kind"], &["ServiceAccount", "User", "Group"]);
            }
        }
    }
    for (index, subject) in each(&new["subjects"]).enumerate() {
        if text(&subject["name"]).is_empty() {
            errors.required(format!("subjects[{index}].name"), "");
        }
    }
    if let Some(old) = old {
        let shown = |role: &Value| {
            json!({
                "APIGroup": role["apiGroup"], "Kind": role["kind"], "Name": role["name"],
            })
        };
        errors.fixed("roleRef", &shown(role), &shown(&old["roleRef"]));
    }
    errors.0
}
