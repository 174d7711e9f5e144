//! OpenAPI v3: the schemas of built-in kinds, and the documents that tell clients what is served
//!
//! It owns the committed schemas and the requests below `/openapi`. What a document says is in its parts: the schemas
//! of custom kinds, the operations. How objects are checked by schemas is the crate `structural-schema`'s business.

mod custom;
mod document;
mod operation;

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use http::{Request, StatusCode};
use serde_json::{Value, json};
use structural_schema::Schema;

use crate::call::Query;
use crate::discovery::{Group, groups};
use crate::kind::Kinds;
use crate::{ApiServer, Response};
use document::Document;

/// The definitions of the built-in kinds and of what they refer to, one a line
///
/// To update them: `cargo run -p control-plane -- kinds > healing-api-server/src/open_api/kinds.json`.
const KINDS: &str = include_str!("open_api/kinds.json");
/// What is before the name of a definition in references to it
const REFERENCE: &str = "#/components/schemas/";
/// Media types in which documents are sent
const ACCEPTED: &[&str] = &["application/json", "application/*", "*/*"];

/// All definitions of built-in kinds by name, such as `io.k8s.api.core.v1.Pod`
pub(crate) fn definitions() -> &'static BTreeMap<String, Value> {
    static DEFINITIONS: LazyLock<BTreeMap<String, Value>> = LazyLock::new(|| {
        serde_json::from_str(KINDS).expect("the committed definitions are JSON; tests read them")
    });
    &DEFINITIONS
}

/// The schema of a built-in kind
pub(crate) fn schema(name: &str) -> Arc<Schema> {
    static READ: Mutex<BTreeMap<String, Arc<Schema>>> = Mutex::new(BTreeMap::new());
    let mut read = READ.lock().unwrap_or_else(PoisonError::into_inner);
    let schema = read.entry(name.to_owned()).or_insert_with(|| Schema::parse_built_in(definitions(), name));
    Arc::clone(schema)
}

/// Answers a request below `/openapi`, whose path goes on with `rest`
pub(crate) fn answer(server: &ApiServer, rest: &[&str], request: &Request<Vec<u8>>) -> Option<Response> {
    match rest {
        ["v3"] => Some(index(&server.kinds)),
        ["v3", path @ ..] => {
            let path = path.join("/");
            let document = documents(&server.kinds).find(|(known, _)| *known == path)?.1();
            Some(send(&path, &document, request))
        }
        _ => None,
    }
}

/// Where the document of each group and version is, with its hash
fn index(kinds: &Kinds) -> Response {
    let paths: BTreeMap<String, Value> = documents(kinds)
        .map(|(path, document)| {
            let address = json!({ "serverRelativeURL": address(&path, &document()) });
            (path, address)
        })
        .collect();
    Response::json(200, &json!({ "paths": paths }))
}

/// The paths of all documents, and how to get each: those of built-in kinds are made once
fn documents(kinds: &Kinds) -> impl Iterator<Item = (String, impl FnOnce() -> Arc<Document>)> {
    groups(kinds).into_iter().flat_map(|Group { name, versions }| {
        versions.into_iter().map(move |version| {
            let path = path(name, version.name);
            let key = path.clone();
            let document = move || {
                let unchanged = version.kinds.iter().all(|kind| kind.built_in().is_some());
                let made = || Arc::new(Document::of(name, &version));
                if unchanged { of_built_in().get(&key).map_or_else(made, Arc::clone) } else { made() }
            };
            (path, document)
        })
    })
}

fn of_built_in() -> &'static BTreeMap<String, Arc<Document>> {
    static DOCUMENTS: LazyLock<BTreeMap<String, Arc<Document>>> = LazyLock::new(|| {
        let kinds = Kinds::built_in();
        let groups = groups(&kinds).into_iter();
        groups
            .flat_map(|Group { name, versions }| {
                versions
                    .into_iter()
                    .map(move |version| (path(name, version.name), Arc::new(Document::of(name, &version))))
            })
            .collect()
    });
    &DOCUMENTS
}

/// `api/v1`, `apis/GROUP/VERSION`
fn path(group: &str, version: &str) -> String {
    if group.is_empty() { format!("api/{version}") } else { format!("apis/{group}/{version}") }
}

fn address(path: &str, document: &Document) -> String {
    format!("/openapi/v3/{path}?hash={}", document.hash)
}

fn send(path: &str, document: &Document, request: &Request<Vec<u8>>) -> Response {
    let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    let tag = format!("\"{}\"", document.hash);
    let mut response = Response::json(200, &Value::Null);
    response.body = Vec::new();
    response.headers.push(("Vary", "Accept".to_owned()));
    let accept = header("accept").unwrap_or("*/*");
    if !accept.split(',').any(|media| ACCEPTED.contains(&media.split(';').next().unwrap_or_default().trim()))
    {
        response.status = StatusCode::NOT_ACCEPTABLE;
        return response;
    }
    response.headers.push(("ETag", tag.clone()));
    let asked = Query::parse(request.uri().query().unwrap_or_default()).unwrap_or_default();
    match asked.get("hash") {
        Some(hash) if !hash.is_empty() && hash != document.hash => {
            response.status = StatusCode::MOVED_PERMANENTLY;
            response.headers.push(("Location", address(path, document)));
            return response;
        }
        Some(hash) if !hash.is_empty() => {
            response.headers.push(("Cache-Control", "public, immutable".to_owned()));
        }
        _ => {}
    }
    if header("if-none-match").is_some_and(|known| known.split(',').any(|known| known.trim() == tag)) {
        response.status = StatusCode::NOT_MODIFIED;
    } else {
        response.body.clone_from(&document.body);
    }
    response
}

#[cfg(test)]
mod tests;
