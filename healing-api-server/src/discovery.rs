//! What is served, told to clients: groups, versions, resources; and all other paths that are about no resource
//!
//! It owns which path is answered by whom. What is told of resources is in `legacy` and `aggregated`, schemas are in
//! `open_api`, health and version in `plain`. Requests about resources are the server's business.

mod aggregated;
mod group;
mod legacy;
mod part;
mod plain;

use http::{Method, Request};
use serde_json::{Value, json};

use crate::{ApiServer, Refusal, Response, open_api};
use aggregated::Wanted;
pub(crate) use group::{Group, Version, groups, order};
pub(crate) use part::Part;
pub use plain::KUBERNETES_VERSION;

/// Answers a request that is about no resource; none for one that is
pub(crate) fn answer(server: &ApiServer, request: &Request<Vec<u8>>) -> Option<Response> {
    let path = request.uri().path();
    let parts: Vec<&str> = path.strip_prefix('/')?.split('/').collect();
    // a slash at the end means nothing to the older paths
    let trimmed = match parts.as_slice() {
        [first @ ("api" | "apis" | "version"), rest @ .., ""] => [&[*first], rest].concat(),
        other => other.to_vec(),
    };
    match trimmed.as_slice() {
        [""] => Some(plain::paths(&server.kinds)),
        ["version"] => Some(only_get(request, plain::version)),
        [check @ ("healthz" | "livez" | "readyz"), one @ ..] => Some(plain::health(check, one, request)),
        ["openapi", rest @ ..] => {
            open_api::answer(server, rest, request).or_else(|| Some(Response::no_such_path()))
        }
        ["api" | "apis"] => Some(entry(server, trimmed[0], request)),
        ["api", version] => Some(resources(server, "", version, request)),
        ["apis", name] => Some(group(server, name, request)),
        ["apis", name, version] => Some(resources(server, name, version, request)),
        ["api" | "apis", ..] => None,
        _ => Some(Response::no_such_path()),
    }
}

/// The answer to a path that names no resource which is served
///
/// In groups of built-in kinds it is a Status, elsewhere plain text: there another server could be asked.
pub(crate) fn unknown(server: &ApiServer, request: &Request<Vec<u8>>) -> Response {
    let mut parts = request.uri().path().split('/').skip(1);
    let group = match parts.next() {
        Some("apis") => parts.next().unwrap_or_default(),
        _ => "",
    };
    if !is_built_in(server, group) {
        return Response::no_such_path();
    }
    let message = "the server could not find the requested resource";
    let refusal = Refusal { details: json!({}), ..Refusal::new(404, "NotFound", message) };
    Response::json(refusal.code, &refusal.to_value())
}

/// `/api` and `/apis`: all groups, at once with their resources if that is wanted
fn entry(server: &ApiServer, root: &str, request: &Request<Vec<u8>>) -> Response {
    let is_core = root == "api";
    let groups: Vec<Group<'_>> =
        groups(&server.kinds).into_iter().filter(|group| group.name.is_empty() == is_core).collect();
    match aggregated::wanted(accept(request)) {
        None => not_acceptable(),
        Some(Wanted::Aggregated) => aggregated::send(&groups, request),
        Some(Wanted::Plain) if is_core => {
            only_get(request, || Response::json(200, &legacy::core(&groups, request)))
        }
        Some(Wanted::Plain) => Response::json(200, &legacy::groups(&groups)),
    }
}

fn group(server: &ApiServer, name: &str, request: &Request<Vec<u8>>) -> Response {
    let Some(group) = groups(&server.kinds).into_iter().find(|group| group.name == name) else {
        return Response::no_such_path();
    };
    plain_json(request, || legacy::group(&group, true))
}

fn resources(server: &ApiServer, group: &str, version: &str, request: &Request<Vec<u8>>) -> Response {
    let groups = groups(&server.kinds);
    let found = groups.iter().find(|known| known.name == group);
    let Some(found) = found.and_then(|group| group.versions.iter().find(|known| known.name == version))
    else {
        return unknown(server, request);
    };
    let list = || plain_json(request, || legacy::resources(group, found));
    if is_built_in(server, group) { only_get(request, list) } else { list() }
}

fn is_built_in(server: &ApiServer, group: &str) -> bool {
    server.kinds.iter().any(|kind| kind.group() == group && kind.built_in().is_some())
}

fn plain_json(request: &Request<Vec<u8>>, value: impl FnOnce() -> Value) -> Response {
    match aggregated::wanted(accept(request)) {
        None => not_acceptable(),
        Some(_) => Response::json(200, &value()),
    }
}

fn accept(request: &Request<Vec<u8>>) -> &str {
    request.headers().get("accept").and_then(|value| value.to_str().ok()).unwrap_or_default()
}

fn only_get(request: &Request<Vec<u8>>, answer: impl FnOnce() -> Response) -> Response {
    if request.method() == Method::GET {
        return answer();
    }
    let message = "the server does not allow this method on the requested resource";
    let refusal = Refusal { details: json!({}), ..Refusal::new(405, "MethodNotAllowed", message) };
    Response::json(refusal.code, &refusal.to_value())
}

fn not_acceptable() -> Response {
    let refusal = Refusal::not_acceptable("only the following media types are accepted: application/json");
    Response::json(refusal.code, &refusal.to_value())
}

#[cfg(test)]
mod tests;
