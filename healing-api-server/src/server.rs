//! The state of the server, and the way of a request through it
//!
//! It owns the order of the parts. What each part does is its module's business.

mod warnings;

use std::sync::Arc;

use http::header::{ACCEPT, CONTENT_TYPE, USER_AGENT};
use http::{HeaderName, Method, Request, StatusCode};
use jiff::Timestamp;
use serde_json::Value;

use crate::call::{Accept, Call, Query, Target, User, Verb, check_options};
use crate::custom::Definitions;
use crate::discovery;
use crate::kind::{Kind, Kinds};
use crate::random::Random;
use crate::refusal::Refusal;
use crate::store::Store;
use crate::subresource;
use crate::watch::Watch;

/// Largest body of a request, as of the real server
pub const BODY_MAX: usize = 3 * 1024 * 1024;

/// An API server: what it stores, what it serves
#[derive(Debug)]
pub struct ApiServer {
    pub(crate) kinds: Kinds,
    pub(crate) store: Store,
    pub(crate) random: Random,
    pub(crate) definitions: Definitions,
    pub(crate) controllers: crate::controller::Controllers,
}

/// An answer
#[derive(Clone, Debug)]
pub struct Response {
    /// HTTP status
    pub status: StatusCode,
    /// `Content-Type`; empty for an answer without a body
    pub content_type: String,
    /// Texts of `Warning` headers
    pub warnings: Vec<String>,
    /// Further headers, such as `ETag` and `Retry-After`
    pub headers: Vec<(&'static str, String)>,
    /// The body; empty for a watch
    pub body: Vec<u8>,
    /// What is to be told from now on, in place of a body
    pub watch: Option<Box<Watch>>,
}

/// One change of what is stored
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// `create`, `update` or `delete`
    pub verb: &'static str,
    /// The object; its version is left open
    pub target: Target,
}

// === impl ApiServer ===

impl ApiServer {
    /// A server with nothing but the namespaces that every cluster has
    pub fn new(seed: u64, now: Timestamp) -> Self {
        let mut server = Self {
            kinds: Kinds::built_in(),
            store: Store::default(),
            random: Random::new(seed),
            definitions: Definitions::default(),
            controllers: crate::controller::Controllers::default(),
        };
        server.begin(now);
        server
    }

    /// Answers a request; `now` never goes back
    pub fn handle(&mut self, request: &Request<Vec<u8>>, user: &User, now: Timestamp) -> Response {
        let mut response = self.answer(request, user, now).unwrap_or_else(|refusal| refusal.to_response());
        response.warnings = warnings::bounded(response.warnings);
        response
    }

    /// The revision of the newest change: it has grown whenever a watch may have something to tell
    pub fn revision(&self) -> u64 {
        self.store.revision()
    }

    /// The revision of the newest change of anything but objects of these resources
    pub fn revision_but_of(&self, plurals: &[&str]) -> u64 {
        self.store.newest_but_of(plurals)
    }

    /// What was changed after `revision`, oldest first; nothing if that is not known any more
    pub fn written_after(&self, revision: u64) -> Vec<Written> {
        let changes = self.store.all_changes(revision).unwrap_or_default();
        let written = changes.into_iter().map(|(resource, change)| {
            let verb = match change.previous {
                _ if change.deleted => "delete",
                Some(_) => "update",
                None => "create",
            };
            let text = |key: &str| change.object["metadata"][key].as_str().unwrap_or_default().to_owned();
            let (group, plural) = (resource.group.to_string(), resource.plural.to_string());
            let (namespace, name) = (text("namespace"), text("name"));
            Written { verb, target: Target { group, plural, namespace, name, ..Target::default() } }
        });
        written.collect()
    }

    /// Forgets the history of changes, as a server does that starts anew: watches have to list again
    pub fn forget_history(&mut self) {
        self.store.compact();
    }

    fn answer(
        &mut self,
        request: &Request<Vec<u8>>,
        user: &User,
        now: Timestamp,
    ) -> Result<Response, Refusal> {
        if let Some(response) = discovery::answer(self, request) {
            return Ok(response);
        }
        let (path, is_watch_path) = Target::without_watch(request.uri().path());
        let target = Target::parse(&path).map(|target| subresource::bound(target, request)).transpose()?;
        let found = target.and_then(|target| {
            let kind = self.kinds.get(&target.group, &target.version, &target.plural).cloned()?;
            Some((target, kind))
        });
        let Some((target, kind)) = found else { return Ok(discovery::unknown(self, request)) };
        if request.body().len() > BODY_MAX {
            return Err(too_large());
        }
        let misplaced = !kind.namespaced && !target.namespace.is_empty();
        let has_part = self.has_part(&kind, &target, request.method())?;
        if !misplaced && !has_part && kind.custom().is_some() {
            return Err(Refusal::not_found(&kind.subject(&target.name)));
        }
        if misplaced || !has_part {
            return Ok(discovery::unknown(self, request));
        }
        let mut call = call(request, (target, &kind), user, now)?;
        if is_watch_path {
            call.verb = match call.verb {
                Verb::Get | Verb::List | Verb::Watch => Verb::Watch,
                _ => return Err(Refusal::method_not_allowed()),
            };
        }
        let response = self.route(&kind, &call)?;
        Ok(match kind.custom().map(|custom| custom.deprecation.clone()) {
            Some(warning) if !warning.is_empty() => response.with_warning(warning),
            _ => response,
        })
    }

    /// Whether the part of an object that a request is about is served
    ///
    /// # Errors
    /// 501 for those that only a real server has, 404 for them if there is no such object.
    fn has_part(&self, kind: &Kind, target: &Target, method: &Method) -> Result<bool, Refusal> {
        let part = target.subresource.as_str();
        if kind.built_in().is_some_and(|built_in| built_in.refused.contains(&part)) {
            let key = (target.namespace.clone(), target.name.clone());
            if self.store.get(&kind.key, &key).is_none() {
                return Err(Refusal::not_found(&kind.subject(&target.name)));
            }
            if method == Method::GET && shows_whole(part) {
                return Ok(true);
            }
            let what = format!("{}/{part}", kind.plural());
            return Err(Refusal::not_implemented(&what, "use a real cluster for this"));
        }
        Ok(part.is_empty() || kind.has_subresource(part))
    }

    /// Carries out a call of a kind
    fn route(&mut self, kind: &Arc<Kind>, call: &Call) -> Result<Response, Refusal> {
        let everywhere = kind.namespaced && call.target.namespace.is_empty();
        let reads = matches!(call.verb, Verb::List | Verb::Watch);
        if everywhere && !reads {
            return match kind.custom() {
                Some(_) => Ok(Response::no_such_path()),
                None => Err(Refusal::method_not_allowed()),
            };
        }
        if call.verb == Verb::Get && shows_whole(&call.target.subresource) {
            return self.get(kind, call);
        }
        if !matches!(call.target.subresource.as_str(), "" | "status" | "scale") {
            return self.subresource(kind, call);
        }
        if call.target.subresource == "scale" {
            return self.scale(kind, call);
        }
        if call.target.subresource.is_empty() && !kind.verbs.contains(&call.verb.word()) {
            return Err(Refusal::method_not_allowed());
        }
        let whole = call.target.subresource.is_empty();
        match call.verb {
            Verb::Get => self.get(kind, call),
            Verb::List => self.list(kind, call),
            Verb::Watch => self.watch(kind, call),
            Verb::Create if whole => self.create(kind, call),
            Verb::Update => self.update(kind, call),
            Verb::Patch(language) => self.patch(kind, language, call),
            Verb::Delete if whole => self.delete(kind, call),
            Verb::DeleteCollection if whole => self.delete_collection(kind, call),
            Verb::Create | Verb::Delete | Verb::DeleteCollection => Err(not_on_part(kind, call)),
        }
    }
}

/// Whether a part of a pod reads as the whole of it
fn shows_whole(part: &str) -> bool {
    matches!(part, "ephemeralcontainers" | "resize")
}

/// The answer to a verb that means nothing on a part of an object
pub(crate) fn not_on_part(kind: &Kind, call: &Call) -> Refusal {
    match kind.custom() {
        Some(_) => Refusal::not_supported(&kind.subject(""), call.verb.word()),
        None => Refusal::method_not_allowed(),
    }
}

fn too_large() -> Refusal {
    let message = format!("Request entity too large: limit is {BODY_MAX}");
    Refusal::new(413, "RequestEntityTooLarge", message)
}

fn call(
    request: &Request<Vec<u8>>,
    (target, kind): (Target, &Kind),
    user: &User,
    now: Timestamp,
) -> Result<Call, Refusal> {
    let header = |name: HeaderName| {
        request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    };
    let content_type = header(CONTENT_TYPE).split(';').next().unwrap_or_default().trim().to_owned();
    let query = Query::parse(request.uri().query().unwrap_or_default())?;
    let agent = header(USER_AGENT).split('/').next().unwrap_or_default();
    let agent = if agent.is_empty() { "unknown" } else { agent };
    let manager = query.field_manager.clone().filter(|manager| !manager.is_empty());
    let verb = Verb::of(request.method(), &target, &query, &content_type, kind.custom().is_some())?;
    check_options(verb, &query)?;
    Ok(Call {
        verb,
        accept: Accept::parse(header(ACCEPT), kind.custom().is_some())?,
        manager: manager.unwrap_or_else(|| agent.to_owned()),
        target,
        query,
        content_type,
        body: request.body().clone(),
        user: user.clone(),
        now,
    })
}

// === impl Refusal ===

impl Refusal {
    pub(crate) fn to_response(&self) -> Response {
        let mut response = Response::json(self.code, &self.to_value()).with_warnings(self.warnings.to_vec());
        if let Some(seconds) = self.details["retryAfterSeconds"].as_i64() {
            response.headers.push(("Retry-After", seconds.to_string()));
        }
        response
    }
}

// === impl Response ===

impl Response {
    pub(crate) fn json(code: u16, body: &Value) -> Self {
        Self::bytes(code, body.to_string().into_bytes())
    }

    /// A body that is JSON already
    pub(crate) fn bytes(code: u16, body: Vec<u8>) -> Self {
        Self {
            status: StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
            content_type: "application/json".to_owned(),
            warnings: Vec::new(),
            headers: Vec::new(),
            body,
            watch: None,
        }
    }

    /// Plain text
    pub(crate) fn text(code: u16, text: &str) -> Self {
        let content_type = "text/plain; charset=utf-8".to_owned();
        Self { content_type, ..Self::bytes(code, text.as_bytes().to_vec()) }
    }

    pub(crate) fn watch(watch: Watch) -> Self {
        Self { watch: Some(Box::new(watch)), ..Self::bytes(200, Vec::new()) }
    }

    pub(crate) fn no_such_path() -> Self {
        Self::text(404, "404 page not found\n")
    }

    pub(crate) fn with_warnings(mut self, warnings: Vec<String>) -> Self {
        self.warnings.extend(warnings);
        self
    }

    pub(crate) fn with_warning(self, warning: String) -> Self {
        self.with_warnings(vec![warning])
    }
}

#[cfg(test)]
pub(crate) mod tests;
