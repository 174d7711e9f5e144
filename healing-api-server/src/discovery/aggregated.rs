//! Discovery in the newer form: everything at once
//!
//! It owns the form of the answer, and which form a client wants.

use http::{Request, StatusCode};
use serde_json::{Value, json};

use super::{Group, Part, Version, legacy};
use crate::kind::Kind;
use crate::{Response, hash};

/// A form of discovery
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    Aggregated,
    Plain,
}

const MEDIA: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
const ACCEPTED: &[&str] = &["application/json", "application/*", "*/*"];

/// The first form that a client takes and this server can send
pub(super) fn wanted(accept: &str) -> Option<Wanted> {
    if accept.trim().is_empty() {
        return Some(Wanted::Plain);
    }
    accept.split(',').find_map(|alternative| {
        let mut parts = alternative.split(';').map(str::trim);
        parts.next().filter(|media| ACCEPTED.contains(media))?;
        let parts: Vec<&str> = parts.collect();
        if !parts.iter().any(|part| part.starts_with("as=")) {
            return Some(Wanted::Plain);
        }
        let is = ["as=APIGroupDiscoveryList", "g=apidiscovery.k8s.io", "v=v2"];
        is.iter().all(|part| parts.contains(part)).then_some(Wanted::Aggregated)
    })
}

/// All groups with all their resources, or that nothing has changed
pub(super) fn send(groups: &[Group<'_>], request: &Request<Vec<u8>>) -> Response {
    let mut response = Response::json(200, &value(groups));
    let tag = format!("\"{}\"", hash::of(&response.body));
    let known = request.headers().get("if-none-match").and_then(|known| known.to_str().ok());
    if known.is_some_and(|known| known.split(',').any(|known| known.trim() == tag)) {
        response.status = StatusCode::NOT_MODIFIED;
        response.body.clear();
    }
    MEDIA.clone_into(&mut response.content_type);
    response.headers.extend([
        ("ETag", tag),
        ("Vary", "Accept".to_owned()),
        ("Cache-Control", "public".to_owned()),
    ]);
    response
}

fn value(groups: &[Group<'_>]) -> Value {
    let items: Vec<Value> = groups
        .iter()
        .map(|group| {
            let metadata = if group.name.is_empty() { json!({}) } else { json!({ "name": group.name }) };
            let versions: Vec<Value> =
                group.versions.iter().map(|version| of_version(group.name, version)).collect();
            json!({ "metadata": metadata, "versions": versions })
        })
        .collect();
    json!({
        "kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "metadata": {}, "items": items,
    })
}

fn of_version(group: &str, version: &Version<'_>) -> Value {
    let bindings = json!({
        "resource": "bindings",
        "responseKind": { "group": "", "version": "", "kind": "Binding" },
        "scope": "Namespaced",
        "singularResource": "binding",
        "verbs": ["create"],
    });
    let others = version.kinds.iter().map(|kind| of_kind(group, kind));
    let resources: Vec<Value> = group.is_empty().then_some(bindings).into_iter().chain(others).collect();
    json!({ "version": version.name, "resources": resources, "freshness": "Current" })
}

fn of_kind(group: &str, kind: &Kind) -> Value {
    // built-in kinds do not name the group in which they are
    let own = if kind.built_in().is_some() { ("", "") } else { (group, kind.version.as_str()) };
    let own = json!({ "group": own.0, "version": own.1, "kind": kind.kind });
    let mut resource = json!({
        "resource": kind.plural(),
        "responseKind": own,
        "scope": if kind.namespaced { "Namespaced" } else { "Cluster" },
        "singularResource": kind.singular,
        "verbs": legacy::verbs(kind),
    });
    let parts: Vec<Value> = Part::all(kind)
        .iter()
        .map(|part| {
            let of = |(group, version, kind)| json!({ "group": group, "version": version, "kind": kind });
            let gives = part.of.map_or_else(|| own.clone(), of);
            json!({ "subresource": part.name, "responseKind": gives, "verbs": part.verbs })
        })
        .collect();
    for (field, texts) in [("shortNames", &kind.short_names), ("categories", &kind.categories)] {
        if !texts.is_empty() {
            resource[field] = texts.as_slice().into();
        }
    }
    if !parts.is_empty() {
        resource["subresources"] = parts.into();
    }
    resource
}
