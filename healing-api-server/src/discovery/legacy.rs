//! Discovery in the older form: one request for each version of a group
//!
//! It owns the form of the answers.

use http::Request;
use serde_json::{Value, json};

use super::{Group, Part, Version};
use crate::kind::Kind;

/// What may be done with objects of a kind whose definition is being deleted
const TERMINATING: &[&str] = &["delete", "deletecollection", "get", "list", "watch"];

/// `/api`
pub(super) fn core(groups: &[Group<'_>], request: &Request<Vec<u8>>) -> Value {
    let versions: Vec<&str> =
        groups.iter().flat_map(|group| &group.versions).map(|version| version.name).collect();
    let host = request.headers().get("host").and_then(|host| host.to_str().ok());
    let address = host.or(request.uri().authority().map(http::uri::Authority::as_str)).unwrap_or("localhost");
    json!({
        "kind": "APIVersions",
        "versions": versions,
        "serverAddressByClientCIDRs": [{ "clientCIDR": "0.0.0.0/0", "serverAddress": address }],
    })
}

/// `/apis`
pub(super) fn groups(groups: &[Group<'_>]) -> Value {
    let groups: Vec<Value> = groups.iter().map(|known| group(known, false)).collect();
    json!({ "kind": "APIGroupList", "apiVersion": "v1", "groups": groups })
}

/// `/apis/GROUP`, and an element of `/apis`
pub(super) fn group(group: &Group<'_>, alone: bool) -> Value {
    let version = |version: &Version<'_>| json!({ "groupVersion": format!("{}/{}", group.name, version.name), "version": version.name });
    let versions: Vec<Value> = group.versions.iter().map(version).collect();
    let mut answer = json!({
        "name": group.name,
        "preferredVersion": versions.first(),
        "versions": versions,
    });
    if alone {
        answer["kind"] = "APIGroup".into();
        answer["apiVersion"] = "v1".into();
    }
    answer
}

/// `/api/VERSION`, `/apis/GROUP/VERSION`
pub(super) fn resources(group: &str, version: &Version<'_>) -> Value {
    let is_core = group.is_empty();
    let name = if is_core { version.name.to_owned() } else { format!("{group}/{}", version.name) };
    let bindings = json!({
        "name": "bindings", "singularName": "binding", "namespaced": true, "kind": "Binding", "verbs": ["create"],
    });
    let others = version.kinds.iter().flat_map(|kind| of_kind(kind));
    let resources: Vec<Value> = is_core.then_some(bindings).into_iter().chain(others).collect();
    let mut list = json!({ "kind": "APIResourceList", "groupVersion": name, "resources": resources });
    if !is_core {
        list["apiVersion"] = "v1".into();
    }
    list
}

/// The entries of a kind and of its subresources
fn of_kind(kind: &Kind) -> Vec<Value> {
    let mut resource = json!({
        "name": kind.plural(),
        "singularName": kind.singular,
        "namespaced": kind.namespaced,
        "kind": kind.kind,
        "verbs": verbs(kind),
    });
    for (field, texts) in [("shortNames", &kind.short_names), ("categories", &kind.categories)] {
        if !texts.is_empty() {
            resource[field] = texts.as_slice().into();
        }
    }
    let mut entries = vec![resource];
    for part in Part::all(kind) {
        let (group, version, name) = part.of.unwrap_or(("", "", &kind.kind));
        let mut entry = json!({
            "name": format!("{}/{}", kind.plural(), part.name),
            "singularName": "",
            "namespaced": kind.namespaced,
            "kind": name,
            "verbs": part.verbs,
        });
        if !version.is_empty() {
            entry["group"] = group.into();
            entry["version"] = version.into();
        }
        entries.push(entry);
    }
    entries
}

/// The verbs of a kind: of built-in ones by name
pub(super) fn verbs(kind: &Kind) -> Vec<&'static str> {
    if kind.custom().is_some_and(|custom| custom.terminating) {
        return TERMINATING.to_vec();
    }
    let mut verbs = kind.verbs.to_vec();
    if kind.built_in().is_some() {
        verbs.sort_unstable();
    }
    verbs
}
