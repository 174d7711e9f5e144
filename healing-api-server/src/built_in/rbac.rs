//! Role, `RoleBinding`, `ClusterRole`, `ClusterRoleBinding`: stored, not enforced
//!
//! It owns what is particular about the kind; the form of its fields is in its schema.

use super::{BuiltIn, NameRule};

pub(super) const ROLE: BuiltIn = BuiltIn {
    group: "rbac.authorization.k8s.io",
    kind: "Role",
    plural: "roles",
    singular: "role",
    schema: "io.k8s.api.rbac.v1.Role",
    names: NameRule::PathSegment,
    create_on_update: true,
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
    ..BuiltIn::PLAIN
};
