//! Health, version, and the list of paths
//!
//! It owns their forms. That a server answers at all is all that there is to its health.

use http::Request;
use serde_json::json;

use super::groups;
use crate::Response;
use crate::call::Query;
use crate::kind::Kinds;

/// The Kubernetes whose behaviour this server has
pub const KUBERNETES_VERSION: &str = "v1.37.2";
/// What tells this server from a real one
const BUILD: &str = "healing-sandbox";
/// What is looked at
const CHECKS: &[&str] = &["ping", "storage"];

/// `/healthz`, `/livez`, `/readyz`, and one of their checks
pub(super) fn health(name: &str, one: &[&str], request: &Request<Vec<u8>>) -> Response {
    match one {
        [] => {}
        [check] if CHECKS.contains(check) => return Response::text(200, "ok"),
        _ => return Response::no_such_path(),
    }
    let query = Query::parse(request.uri().query().unwrap_or_default()).unwrap_or_default();
    if query.get("verbose").is_none() {
        return Response::text(200, "ok");
    }
    let left_out = |check: &str| query.all.iter().any(|(name, value)| name == "exclude" && value == check);
    let line = |check: &&str| {
        let excluded = if left_out(check) { " excluded:" } else { "" };
        format!("[+]{check}{excluded} ok\n")
    };
    let lines: String = CHECKS.iter().map(line).collect();
    Response::text(200, &format!("{lines}{name} check passed\n"))
}

/// `/version`
pub(super) fn version() -> Response {
    let mut numbers = KUBERNETES_VERSION.trim_start_matches('v').split('.');
    let (major, minor) = (numbers.next(), numbers.next());
    Response::json(
        200,
        &json!({
            "major": major,
            "minor": minor,
            "emulationMajor": major,
            "emulationMinor": minor,
            "gitVersion": format!("{KUBERNETES_VERSION}+{BUILD}"),
            "gitCommit": "",
            "gitTreeState": "",
            "buildDate": "1970-01-01T00:00:00Z",
            "goVersion": "",
            "compiler": "rustc",
            "platform": "any/any",
        }),
    )
}

/// `/`
pub(super) fn paths(kinds: &Kinds) -> Response {
    let mut paths: Vec<String> =
        ["/api", "/apis", "/apis/", "/openapi/v3", "/openapi/v3/", "/version"].map(str::to_owned).into();
    for group in groups(kinds) {
        let root = if group.name.is_empty() { "/api".to_owned() } else { format!("/apis/{}", group.name) };
        paths.extend(group.versions.iter().map(|version| format!("{root}/{}", version.name)));
        paths.push(root);
    }
    for check in ["/healthz", "/livez", "/readyz"] {
        paths.push(check.to_owned());
        paths.extend(CHECKS.iter().map(|one| format!("{check}/{one}")));
    }
    paths.sort();
    paths.dedup();
    Response::json(200, &json!({ "paths": paths }))
}
