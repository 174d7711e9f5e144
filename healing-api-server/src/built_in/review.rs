//! Reviews of access: asked, not stored
//!
//! It owns the answers: everything is allowed, for nothing is enforced. The form of the fields is in the schemas.

use serde_json::{Value, json};

use super::BuiltIn;
use super::edit::fill;
use crate::call::User;

pub(super) const SELF_SUBJECT_ACCESS: BuiltIn = BuiltIn {
    group: "authorization.k8s.io",
    kind: "SelfSubjectAccessReview",
    default: |object| fill(object, "SelfSubjectAccessReview", |_| {}),
    plural: "selfsubjectaccessreviews",
    singular: "selfsubjectaccessreview",
    namespaced: false,
    schema: "io.k8s.api.authorization.v1.SelfSubjectAccessReview",
    verbs: &["create"],
    review: Some(allow),
    ..BuiltIn::PLAIN
};

pub(super) const SELF_SUBJECT_RULES: BuiltIn = BuiltIn {
    group: "authorization.k8s.io",
    kind: "SelfSubjectRulesReview",
    default: |object| fill(object, "SelfSubjectRulesReview", |_| {}),
    plural: "selfsubjectrulesreviews",
    singular: "selfsubjectrulesreview",
    namespaced: false,
    schema: "io.k8s.api.authorization.v1.SelfSubjectRulesReview",
    verbs: &["create"],
    review: Some(list_rules),
    ..BuiltIn::PLAIN
};

pub(super) const SELF_SUBJECT: BuiltIn = BuiltIn {
    group: "authentication.k8s.io",
    kind: "SelfSubjectReview",
    default: |object| fill(object, "SelfSubjectReview", |_| {}),
    plural: "selfsubjectreviews",
    singular: "selfsubjectreview",
    namespaced: false,
    schema: "io.k8s.api.authentication.v1.SelfSubjectReview",
    verbs: &["create"],
    review: Some(tell_user),
    ..BuiltIn::PLAIN
};

fn allow(object: &mut Value, _user: &User) {
    forget(object, &["uid", "creationTimestamp"]);
    object["status"] = json!({ "allowed": true });
}

fn list_rules(object: &mut Value, _user: &User) {
    forget(object, &["uid", "creationTimestamp"]);
    object["status"] = json!({
        "incomplete": false,
        "resourceRules": [{ "verbs": ["*"], "apiGroups": ["*"], "resources": ["*"] }],
        "nonResourceRules": [{ "verbs": ["*"], "nonResourceURLs": ["*"] }],
    });
}

fn tell_user(object: &mut Value, user: &User) {
    forget(object, &["uid"]);
    object["status"] = json!({ "userInfo": { "username": user.name, "groups": user.groups } });
}

/// An answer is no object, and has less metadata
fn forget(object: &mut Value, fields: &[&str]) {
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.retain(|name, _| !fields.contains(&name.as_str()));
    }
}
