//! Rules about the definition, extra rules of the role and the webhook

use super::name;
use crate::{Blueprint, BlueprintError, Place, PolicyRule, attribute::suggest};

const WARNING_BYTES_MAX: usize = 256;
const TIMEOUT_SECONDS_MAX: u32 = 30;

/// Verbs of Kubernetes' own authorization; others are custom ones
const VERBS: &[&str] = &[
    "get",
    "list",
    "watch",
    "create",
    "update",
    "patch",
    "delete",
    "deletecollection",
    "approve",
    "attest",
    "bind",
    "escalate",
    "impersonate",
    "proxy",
    "sign",
    "use",
    "*",
];

pub(super) fn definition(blueprint: &Blueprint, errors: &mut Vec<BlueprintError>) {
    let definition = &blueprint.definition;
    // One version is declared, so all depends on it.
    if !definition.served {
        errors.push(BlueprintError::new(
            Place::Served,
            "the one version of a resource must be served, or the operator cannot watch it; several versions are not supported yet",
        ));
    }
    if !definition.storage {
        errors.push(BlueprintError::new(
            Place::Storage,
            "objects must be stored in the one version of a resource; several versions are not supported yet",
        ));
    }
    if let Some(problem) = definition.deprecation_warning.as_deref().and_then(warning) {
        errors.push(BlueprintError::new(Place::Deprecated, problem));
    }
    for key in definition.annotations.keys().filter(|key| !name::is_key(key)) {
        errors.push(BlueprintError::new(Place::CrdAnnotation(key.clone()), key_form("annotation", key)));
    }
    for (key, value) in &definition.labels {
        let problem = if !name::is_key(key) {
            key_form("label", key)
        } else if value.is_empty() || name::is_qualified_name(value) {
            continue;
        } else {
            format!(
                "value `{value}` of the label `{key}` must be at most 63 letters, digits, `-`, `_` and `.`"
            )
        };
        errors.push(BlueprintError::new(Place::CrdLabel(key.clone()), problem));
    }
}

/// A warning is one printable line that is not long.
fn warning(text: &str) -> Option<String> {
    let problem = if text.is_empty() {
        "the warning of `deprecated` must say something; leave it out for the API server's own words"
    } else if text.len() > WARNING_BYTES_MAX {
        "the warning of `deprecated` must be at most 256 bytes long"
    } else if text.chars().any(char::is_control) {
        "the warning of `deprecated` must be one line"
    } else {
        return None;
    };
    Some(problem.to_owned())
}

fn key_form(what: &str, key: &str) -> String {
    format!("key `{key}` of the {what} must be `name` or `domain/name`, such as `example.com/team`")
}

pub(super) fn rbac(rules: &[PolicyRule], errors: &mut Vec<BlueprintError>) {
    for (at, rule) in rules.iter().enumerate() {
        errors.extend(access(rule).map(|message| BlueprintError::new(Place::Rbac(at), message)));
    }
}

/// A rule names groups, resources and verbs in Kubernetes' own words.
fn access(rule: &PolicyRule) -> Option<String> {
    for (word, list) in [("groups", &rule.api_groups), ("resources", &rule.resources), ("verbs", &rule.verbs)]
    {
        if list.is_empty() {
            return Some(format!("`{word}` names nothing; the rule would allow nothing"));
        }
    }
    for group in &rule.api_groups {
        if !group.is_empty() && group != "*" && !name::is_subdomain(group) {
            return Some(format!(
                "group `{group}` must be a DNS name, or empty for the core group; a version is no part of it"
            ));
        }
    }
    for resource in &rule.resources {
        let is_lower = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-/*.".contains(c);
        if resource.is_empty() || !resource.chars().all(is_lower) {
            return Some(format!(
                "resource `{resource}` must be a plural name in lower case, such as `deployments`"
            ));
        }
    }
    rule.verbs.iter().find_map(|verb| {
        let near = || suggest(&verb.to_ascii_lowercase(), VERBS.iter().copied());
        match VERBS.contains(&verb.as_str()) {
            true => None,
            false if verb.is_empty() => Some("a verb must say something".to_owned()),
            false => near().map(|near| format!("unknown verb `{verb}`; did you mean `{near}`?")),
        }
    })
}

/// An API server waits for 1 to 30 seconds.
pub(super) fn webhook(blueprint: &Blueprint, errors: &mut Vec<BlueprintError>) {
    let Some(webhook) = &blueprint.webhook else { return };
    if !(1..=TIMEOUT_SECONDS_MAX).contains(&webhook.timeout_seconds) {
        errors.push(BlueprintError::new(
            Place::WebhookTimeout,
            format!("`timeout_seconds` must be between 1 and {TIMEOUT_SECONDS_MAX}"),
        ));
    }
}
