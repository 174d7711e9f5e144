//! `pods/log`: what the containers of a pod have said, as the host tells it
//!
//! It owns the lines and which of them are shown. There are no containers here: the host appends what a simulated one
//! says. A log that is followed ends at once, with what there is.

use std::collections::{BTreeMap, VecDeque};
use std::fmt::Write;
use std::sync::Arc;

use http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use structural_schema::{FieldError, Reason};

use super::key;
use crate::Refusal;
use crate::call::Call;
use crate::kind::Kind;
use crate::meta::Meta;
use crate::refusal::Subject;
use crate::server::{ApiServer, Response};

/// Lines that are kept of one run of a container
const LINES_MAX: usize = 1000;
/// Longest line; what is longer is cut
const LINE_MAX: usize = 16 * 1024;

/// The logs of all containers
#[derive(Debug, Default)]
pub(crate) struct Logs {
    /// By UID of the pod and name of the container
    containers: BTreeMap<(String, String), Log>,
}

/// What one container has said
#[derive(Debug, Default)]
struct Log {
    lines: VecDeque<Line>,
    /// What it said before it was started again; none if it never was
    previous: Option<VecDeque<Line>>,
}

#[derive(Debug)]
struct Line {
    time: Timestamp,
    text: String,
}

/// Which lines are asked for
#[derive(Debug, Default)]
struct Options {
    tail: Option<i64>,
    limit_bytes: Option<i64>,
    since_seconds: Option<i64>,
    since: Option<Timestamp>,
    timestamps: bool,
    previous: bool,
}

// === impl Logs ===

impl Logs {
    /// Forgets the logs of a pod that is gone
    pub(crate) fn forget(&mut self, uid: &str) {
        let first = (uid.to_owned(), String::new());
        let of_pod: Vec<_> = self
            .containers
            .range(first..)
            .map(|(key, _)| key.clone())
            .take_while(|key| key.0 == uid)
            .collect();
        for key in of_pod {
            self.containers.remove(&key);
        }
    }
}

// === impl ApiServer ===

impl ApiServer {
    /// Appends a line to the log of a container; false if there is no such pod
    ///
    /// The newest thousand lines are kept.
    pub fn append_log(
        &mut self,
        (namespace, pod): (&str, &str),
        container: &str,
        line: &str,
        now: Timestamp,
    ) -> bool {
        let Some(uid) = self.uid_of_pod(namespace, pod) else { return false };
        let log = self.controllers.logs.containers.entry((uid, container.to_owned())).or_default();
        if log.lines.len() == LINES_MAX {
            log.lines.pop_front();
        }
        let mut end = line.len().min(LINE_MAX);
        while !line.is_char_boundary(end) {
            end -= 1;
        }
        log.lines.push_back(Line { time: now, text: line[..end].to_owned() });
        true
    }

    /// Begins a new log, as for a container that is started again; the old one is shown with `previous`
    pub fn restart_log(&mut self, (namespace, pod): (&str, &str), container: &str) {
        if let Some(uid) = self.uid_of_pod(namespace, pod) {
            let log = self.controllers.logs.containers.entry((uid, container.to_owned())).or_default();
            log.previous = Some(std::mem::take(&mut log.lines));
        }
    }

    fn uid_of_pod(&self, namespace: &str, pod: &str) -> Option<String> {
        let pod = self.store.get(&super::pods(), &(namespace.to_owned(), pod.to_owned()))?;
        Some(pod.uid().to_owned())
    }

    /// Shows what a container has said
    pub(super) fn log(&self, kind: &Arc<Kind>, call: &Call) -> Result<Response, Refusal> {
        let options = Options::parse(call)?;
        let Some(pod) = self.store.get(&kind.key, &key(call)) else {
            return Err(Refusal::not_found(&kind.subject(&call.target.name)));
        };
        let container = container(pod, call.query.get("container").unwrap_or_default())?;
        if pod["spec"]["nodeName"].as_str().is_none_or(str::is_empty) {
            return Ok(Response {
                status: StatusCode::NO_CONTENT,
                content_type: String::new(),
                ..plain(String::new())
            });
        }
        let log = self.controllers.logs.containers.get(&(pod.uid().to_owned(), container.clone()));
        let lines = if options.previous {
            let lines = log.and_then(|log| log.previous.as_ref());
            Some(lines.ok_or_else(|| {
                Refusal::bad_request(format!(
                    "previous terminated container \"{container}\" in pod \"{}\" not found",
                    pod.name()
                ))
            })?)
        } else {
            check_started(pod, &container)?;
            log.map(|log| match &log.previous {
                // between two runs the last one is shown
                Some(previous) if log.lines.is_empty() && is_waiting(pod, &container).is_some() => previous,
                _ => &log.lines,
            })
        };
        Ok(plain(lines.map_or_else(String::new, |lines| options.select(lines, call.now))))
    }
}

fn plain(text: String) -> Response {
    Response { content_type: "text/plain".to_owned(), ..Response::bytes(200, text.into_bytes()) }
}

// === impl Options ===

impl Options {
    fn parse(call: &Call) -> Result<Self, Refusal> {
        let number = |name: &str| match call.query.get(name).filter(|text| !text.is_empty()) {
            None => Ok(None),
            Some(text) => text.parse::<i64>().map(Some).map_err(|_| {
                Refusal::bad_request(format!("strconv.ParseInt: parsing \"{text}\": invalid syntax"))
            }),
        };
        let flag = |name: &str| call.query.get(name).is_some_and(|text| !matches!(text, "false" | "0"));
        let since = match call.query.get("sinceTime").filter(|text| !text.is_empty()) {
            None => None,
            Some(text) => Some(text.parse().map_err(|_| {
                Refusal::bad_request(format!(
                    "parsing time \"{text}\" as \"2006-01-02T15:04:05Z07:00\": cannot parse \"{text}\" as \"2006\""
                ))
            })?),
        };
        let options = Self {
            tail: number("tailLines")?,
            limit_bytes: number("limitBytes")?,
            since_seconds: number("sinceSeconds")?,
            since,
            timestamps: flag("timestamps"),
            previous: flag("previous"),
        };
        options.check(&call.target.name)?;
        Ok(options)
    }

    fn check(&self, pod: &str) -> Result<(), Refusal> {
        let mut errors = Vec::new();
        let mut wrong = |field: &str, value: Option<i64>, least: i64, detail: &str| {
            if let Some(value) = value.filter(|value| *value < least) {
                errors.push(FieldError::of_value(Reason::Invalid, field, &value.into(), detail));
            }
        };
        wrong("tailLines", self.tail, 0, "must be greater than or equal to 0");
        wrong("limitBytes", self.limit_bytes, 1, "must be greater than 0");
        if self.since.is_none() {
            wrong("sinceSeconds", self.since_seconds, 1, "must be greater than 0");
        } else if self.since_seconds.is_some() {
            let detail = "at most one of `sinceTime` or `sinceSeconds` may be specified";
            errors.push(FieldError::new(Reason::Forbidden, "[]", detail));
        }
        if errors.is_empty() {
            return Ok(());
        }
        Err(Refusal::invalid(&Subject { group: "", what: "PodLogOptions", name: pod }, &errors))
    }

    fn select(&self, lines: &VecDeque<Line>, now: Timestamp) -> String {
        let ago = self.since_seconds.and_then(|secs| now.checked_sub(SignedDuration::from_secs(secs)).ok());
        let since = self.since.or(ago).unwrap_or(Timestamp::MIN);
        let shown: Vec<&Line> = lines.iter().filter(|line| line.time >= since).collect();
        let tail = self.tail.and_then(|tail| usize::try_from(tail).ok()).unwrap_or(usize::MAX);
        let mut text = String::new();
        for line in &shown[shown.len().saturating_sub(tail)..] {
            let _infallible = if self.timestamps {
                writeln!(text, "{:.9} {}", line.time, line.text)
            } else {
                writeln!(text, "{}", line.text)
            };
        }
        if let Some(limit) = self.limit_bytes.and_then(|limit| usize::try_from(limit).ok())
            && limit < text.len()
        {
            let mut end = limit;
            while !text.is_char_boundary(end) {
                end -= 1;
            }
            text.truncate(end);
        }
        text
    }
}

/// The container that is asked for, or the only one
fn container(pod: &Value, asked: &str) -> Result<String, Refusal> {
    let of = |field: &str| pod["spec"][field].as_array().map_or(&[][..], Vec::as_slice);
    let name = |container: &Value| container["name"].as_str().unwrap_or_default().to_owned();
    let all = of("initContainers").iter().chain(of("containers")).chain(of("ephemeralContainers"));
    let names: Vec<String> = all.map(name).collect();
    match (asked, of("containers")) {
        ("", [only]) => Ok(name(only)),
        ("", []) => {
            Err(Refusal::bad_request(format!("a container name must be specified for pod {}", pod.name())))
        }
        ("", _) => Err(Refusal::bad_request(format!(
            "a container name must be specified for pod {}, choose one of: [{}]",
            pod.name(),
            names.join(" ")
        ))),
        (asked, _) if names.iter().any(|known| known == asked) => Ok(asked.to_owned()),
        (asked, _) => {
            Err(Refusal::bad_request(format!("container {asked} is not valid for pod {}", pod.name())))
        }
    }
}

fn status<'a>(pod: &'a Value, container: &str) -> Option<&'a Value> {
    let all = ["containerStatuses", "initContainerStatuses"].iter();
    let all = all.filter_map(|field| pod["status"][field].as_array()).flatten();
    all.into_iter().find(|status| status["name"] == container)
}

/// Why a container waits, if it does
fn is_waiting<'a>(pod: &'a Value, container: &str) -> Option<&'a str> {
    status(pod, container)?["state"]["waiting"]["reason"].as_str()
}

/// A container that never ran has no log
fn check_started(pod: &Value, container: &str) -> Result<(), Refusal> {
    let Some(reason) = is_waiting(pod, container) else { return Ok(()) };
    if status(pod, container).is_some_and(|status| status["lastState"]["terminated"].is_object()) {
        return Ok(());
    }
    let why = match reason {
        "ErrImagePull" | "ImagePullBackOff" => "trying and failing to pull image",
        reason => reason,
    };
    Err(Refusal::bad_request(format!(
        "container \"{container}\" in pod \"{}\" is waiting to start: {why}",
        pod.name()
    )))
}
