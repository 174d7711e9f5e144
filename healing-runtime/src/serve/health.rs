//! `/healthz` and `/readyz`: named checks, asked when somebody asks
//!
//! A check is a closure over whatever its component keeps anyway, so it cannot be out of date. Paths, parameters and
//! texts are those of Kubernetes' own servers, except that a failing check says why: kind, verb and cause are what
//! a reader needs, and none of them is a secret.

use std::{
    fmt::{self, Write},
    sync::{Arc, PoisonError, RwLock},
};

use axum::{
    Router,
    extract::{Path, Query, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};

/// What a check says
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum CheckState {
    /// It passes
    Ok,
    /// It does not, and why, such as ``list healingservices.example.com: forbidden; apply the generated role``
    NotReady(String),
}

type Ask = Box<dyn Fn() -> CheckState + Send + Sync>;

struct Check {
    name: String,
    ask: Ask,
}

/// Named checks that pass together or not at all
///
/// A set with no check passes: register the first before the servers answer.
#[derive(Default)]
pub(crate) struct Checks {
    // Grows while the process starts; read on every probe.
    checks: RwLock<Vec<Check>>,
}

/// Both sets of checks of the process
#[derive(Debug)]
pub(crate) struct Health {
    /// Whether the process can still do its work; if not, it is restarted
    pub(crate) live: Checks,
    /// Whether it has all that it needs for it
    pub(crate) ready: Checks,
}

// === impl Health ===

impl Default for Health {
    fn default() -> Self {
        let health = Self { live: Checks::default(), ready: Checks::default() };
        health.live.register("ping", || CheckState::Ok);
        health
    }
}

// === impl Checks ===

impl Checks {
    /// Adds a check, which must answer at once: it is asked by probes, with a deadline of about a second
    pub(crate) fn register(
        &self,
        name: impl Into<String>,
        ask: impl Fn() -> CheckState + Send + Sync + 'static,
    ) {
        let check = Check { name: name.into(), ask: Box::new(ask) };
        self.checks.write().unwrap_or_else(PoisonError::into_inner).push(check);
    }

    /// The names and answers of all checks, in the order in which they were registered
    pub(crate) fn ask(&self) -> Vec<(String, CheckState)> {
        let checks = self.checks.read().unwrap_or_else(PoisonError::into_inner);
        checks.iter().map(|check| (check.name.clone(), (check.ask)())).collect()
    }
}

impl fmt::Debug for Checks {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_list().entries(self.ask()).finish()
    }
}

// === The pages ===

/// What stands behind the `?` of a probe
type Parameters = Query<Vec<(String, String)>>;

/// `/healthz`, `/readyz` and below each one page per check
pub(super) fn router(health: Arc<Health>) -> Router {
    Router::new()
        .route(
            "/healthz",
            get(|State(health): State<Arc<Health>>, Query(asked): Parameters| async move {
                all("healthz", &health.live, &asked)
            }),
        )
        .route(
            "/healthz/{check}",
            get(|State(health): State<Arc<Health>>, Path(name): Path<String>| async move {
                one(&health.live, &name)
            }),
        )
        .route(
            "/readyz",
            get(|State(health): State<Arc<Health>>, Query(asked): Parameters| async move {
                all("readyz", &health.ready, &asked)
            }),
        )
        .route(
            "/readyz/{check}",
            get(|State(health): State<Arc<Health>>, Path(name): Path<String>| async move {
                one(&health.ready, &name)
            }),
        )
        .with_state(health)
}

/// All checks of a set; `exclude=NAME` leaves one out, `verbose` lists them although all pass
fn all(page: &str, checks: &Checks, asked: &[(String, String)]) -> Response {
    let verbose = asked.iter().any(|(key, _)| key == "verbose");
    let mut excluded: Vec<&str> =
        asked.iter().filter(|(key, _)| key == "exclude").map(|(_, name)| name.as_str()).collect();
    let mut text = String::new();
    let mut passed = true;
    for (name, state) in checks.ask() {
        let known = excluded.len();
        excluded.retain(|other| *other != name);
        let line = match state {
            _ if excluded.len() < known => format!("[+]{name} excluded: ok"),
            CheckState::Ok => format!("[+]{name} ok"),
            CheckState::NotReady(why) => {
                passed = false;
                format!("[-]{name} failed: {why}")
            }
        };
        let _ = writeln!(text, "{line}");
    }
    for name in excluded {
        let _ = writeln!(text, "warn: no check is named {name:?}, so none was excluded for it");
    }
    let verdict = if passed { "passed" } else { "failed" };
    let _ = writeln!(text, "{page} check {verdict}");
    match (passed, verbose) {
        (true, false) => plain(StatusCode::OK, "ok".to_owned()),
        (true, true) => plain(StatusCode::OK, text),
        (false, _) => plain(StatusCode::INTERNAL_SERVER_ERROR, text),
    }
}

/// One check of a set
fn one(checks: &Checks, name: &str) -> Response {
    match checks.ask().into_iter().find(|(known, _)| known == name) {
        None => plain(StatusCode::NOT_FOUND, format!("no check is named {name:?}\n")),
        Some((_, CheckState::Ok)) => plain(StatusCode::OK, "ok".to_owned()),
        Some((_, CheckState::NotReady(why))) => {
            plain(StatusCode::INTERNAL_SERVER_ERROR, format!("{name} failed: {why}\n"))
        }
    }
}

fn plain(status: StatusCode, text: String) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/plain; charset=utf-8"),
        (header::CACHE_CONTROL, "no-cache, no-store, max-age=0, must-revalidate"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (status, headers, text).into_response()
}
