//! What is wrong with a configuration of webhooks
//!
//! It owns the rules for its fields. Expressions of match conditions are not compiled, for no webhook is called.

use std::collections::BTreeSet;

use serde_json::Value;
use structural_schema::FieldError;

use super::super::cell::{each, text};
use super::super::check::Errors;
use crate::meta::{label_key, subdomain};

pub(super) fn configuration(new: &Value, _old: Option<&Value>) -> Vec<FieldError> {
    let mut errors = Errors::default();
    let mut names = BTreeSet::new();
    for (index, webhook) in each(&new["webhooks"]).enumerate() {
        let place = format!("webhooks[{index}]");
        single(&mut errors, &place, webhook);
        if !names.insert(text(&webhook["name"])) {
            errors.duplicate(format!("{place}.name"), &webhook["name"]);
        }
    }
    // versions are told first for all, as the real server does
    let (versions, rest): (Vec<_>, Vec<_>) =
        errors.0.into_iter().partition(|error| error.field.ends_with("admissionReviewVersions"));
    versions.into_iter().chain(rest).collect()
}

fn single(errors: &mut Errors, place: &str, webhook: &Value) {
    let at = |field: &str| format!("{place}.{field}");
    name(errors, &at("name"), &webhook["name"]);
    for (index, rule) in each(&webhook["rules"]).enumerate() {
        self::rule(errors, &format!("{place}.rules[{index}]"), rule);
    }
    for (field, words) in [("failurePolicy", ["Fail", "Ignore"]), ("matchPolicy", ["Equivalent", "Exact"])] {
        errors.one_of(&at(field), &webhook[field], &words);
    }
    let effects = ["None", "NoneOnDryRun"];
    if text(&webhook["sideEffects"]).is_empty() {
        errors.required(at("sideEffects"), "must specify one of None, NoneOnDryRun");
    }
    errors.one_of(&at("sideEffects"), &webhook["sideEffects"], &effects);
    let timeout = &webhook["timeoutSeconds"];
    if timeout.as_i64().is_some_and(|seconds| !(1..=30).contains(&seconds)) {
        errors.invalid(at("timeoutSeconds"), timeout, "the timeout value must be between 1 and 30 seconds");
    }
    for selector in ["namespaceSelector", "objectSelector"] {
        errors.selector(&at(selector), &webhook[selector]);
    }
    client(errors, &at("clientConfig"), &webhook["clientConfig"]);
    errors.one_of(&at("reinvocationPolicy"), &webhook["reinvocationPolicy"], &["IfNeeded", "Never"]);
    versions(errors, &at("admissionReviewVersions"), &webhook["admissionReviewVersions"]);
    for (index, condition) in each(&webhook["matchConditions"]).enumerate() {
        let at = |field: &str| format!("{place}.matchConditions[{index}].{field}");
        if text(&condition["expression"]).trim().is_empty() {
            errors.required(at("expression"), "");
        }
        match text(&condition["name"]) {
            "" => errors.required(at("name"), ""),
            name => errors.problems(&at("name"), name, label_key(name)),
        }
    }
}

fn name(errors: &mut Errors, place: &str, value: &Value) {
    let name = text(value);
    let problems = subdomain(name);
    if name.is_empty() {
        errors.required(place, "");
    } else if !problems.is_empty() {
        errors.invalid(place, value, problems.join(","));
    } else if name.split('.').count() < 3 {
        let detail = "should be a domain with at least three segments separated by dots";
        errors.invalid(place, value, detail);
    }
}

fn versions(errors: &mut Errors, place: &str, versions: &Value) {
    let known = |version: &Value| matches!(text(version), "v1" | "v1beta1");
    if each(versions).next().is_none() {
        errors.required(place, "must specify one of v1, v1beta1");
    } else if !each(versions).any(known) {
        errors.invalid(place, versions, "must include at least one of v1, v1beta1");
    }
}

fn rule(errors: &mut Errors, place: &str, rule: &Value) {
    let at = |field: &str| format!("{place}.{field}");
    let operations = ["*", "CONNECT", "CREATE", "DELETE", "UPDATE"];
    if each(&rule["operations"]).next().is_none() {
        errors.required(at("operations"), "");
    }
    for (index, operation) in each(&rule["operations"]).enumerate() {
        errors.one_of(&format!("{place}.operations[{index}]"), operation, &operations);
    }
    alone(errors, &at("operations"), &rule["operations"], "operations");
    for (field, words) in [("apiGroups", "API groups"), ("apiVersions", "API versions")] {
        if each(&rule[field]).next().is_none() {
            errors.required(at(field), "");
        }
        alone(errors, &at(field), &rule[field], words);
        for (index, value) in each(&rule[field]).enumerate() {
            if field == "apiVersions" && text(value).is_empty() {
                errors.required(format!("{place}.{field}[{index}]"), "");
            }
        }
    }
    if each(&rule["resources"]).next().is_none() {
        errors.required(at("resources"), "");
    }
    errors.one_of(&at("scope"), &rule["scope"], &["*", "Cluster", "Namespaced"]);
}

/// `*` says everything
fn alone(errors: &mut Errors, place: &str, list: &Value, words: &str) {
    if each(list).count() > 1 && each(list).any(|value| value == "*") {
        errors.invalid(place, list, format!("if '*' is present, must not specify other {words}"));
    }
}

fn client(errors: &mut Errors, place: &str, client: &Value) {
    let (url, service) = (&client["url"], &client["service"]);
    if url.is_null() == service.is_null() {
        errors.required(place, "exactly one of url or service is required");
    } else if url.is_null() {
        for field in ["name", "namespace"] {
            if text(&service[field]).is_empty() {
                errors.required(format!("{place}.service.{field}"), &format!("service {field} is required"));
            }
        }
    } else {
        self::url(errors, &format!("{place}.url"), text(url));
    }
}

fn url(errors: &mut Errors, place: &str, url: &str) {
    const FORM: &str = "; desired format: https://host[/path]";
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    if scheme != "https" {
        let detail = format!("'https' is the only allowed URL scheme{FORM}");
        errors.invalid(place, &scheme.into(), detail);
    }
    let (rest, fragment) = rest.split_once('#').unwrap_or((rest, ""));
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let host = rest.split('/').next().unwrap_or_default();
    if host.is_empty() {
        errors.invalid(place, &host.into(), format!("host must be specified{FORM}"));
    }
    if let Some((user, _)) = host.split_once('@') {
        errors.invalid(place, &user.into(), "user information is not permitted in the URL");
    }
    if !fragment.is_empty() {
        errors.invalid(place, &fragment.into(), "fragments are not permitted in the URL");
    }
    if !query.is_empty() {
        errors.invalid(place, &query.into(), "query parameters are not permitted in the URL");
    }
}
