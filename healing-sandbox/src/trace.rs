//! What happened in a sandbox: a line a request, and a line a change that the controllers made
//!
//! It owns the record and how it reads. It keeps no bodies: what is stored can be asked for.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use healing_api_server::Written;
use jiff::Timestamp;

use crate::fault::Call;

/// Entries that are kept, and requests of clients besides; older ones are forgotten
const TRACE_MAX: usize = 10_000;

/// One request, or one change by a controller
///
/// It holds nothing that depends on the machine: the same seed and the same requests give the same entries.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TraceEntry {
    /// Since the start of the sandbox, to the moment of the answer
    pub time: Duration,
    /// `kubelet`, `controllers`, or what the client calls itself; where it does not, its user
    pub actor: String,
    /// Verb, such as `create`
    pub verb: String,
    /// Resource, namespace and name, or the path where that names no resource
    pub target: String,
    /// HTTP code of the answer; none for controllers, and where the request did not reach the server
    pub code: Option<u16>,
    /// The fault that it met
    pub fault: Option<&'static str>,
}

/// The record of one API server
#[derive(Debug)]
pub(crate) struct Trace {
    start: Timestamp,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    /// All that happened
    entries: VecDeque<TraceEntry>,
    /// Requests of clients but the kubelet, which would push them out of `entries` in a few hours
    requests: VecDeque<TraceEntry>,
}

// === impl Trace ===

impl Trace {
    pub(crate) fn new(start: Timestamp) -> Self {
        Self { start, kept: Mutex::default() }
    }

    pub(crate) fn request(
        &self,
        now: Timestamp,
        call: &Call,
        code: Option<u16>,
        fault: Option<&'static str>,
    ) {
        let (actor, verb) = (call.actor().to_owned(), call.verb.to_string());
        let entry = TraceEntry { time: self.since(now), actor, verb, target: call.target(), code, fault };
        let mut kept = self.lock();
        if !call.is_of_kubelet() {
            push(&mut kept.requests, entry.clone());
        }
        push(&mut kept.entries, entry);
    }

    pub(crate) fn written(&self, now: Timestamp, written: Written) {
        let target = written.target;
        let dot = if target.group.is_empty() { "" } else { "." };
        let slash = if target.namespace.is_empty() { "" } else { "/" };
        let text =
            format!("{}{dot}{} {}{slash}{}", target.plural, target.group, target.namespace, target.name);
        let entry = TraceEntry {
            time: self.since(now),
            actor: "controllers".to_owned(),
            verb: written.verb.to_owned(),
            target: text,
            code: None,
            fault: None,
        };
        push(&mut self.lock().entries, entry);
    }

    pub(crate) fn entries(&self) -> Vec<TraceEntry> {
        self.lock().entries.iter().cloned().collect()
    }

    /// Requests of clients, without those of the kubelet
    pub(crate) fn requests(&self) -> Vec<TraceEntry> {
        self.lock().requests.iter().cloned().collect()
    }

    fn since(&self, now: Timestamp) -> Duration {
        Duration::try_from(now.duration_since(self.start)).unwrap_or_default()
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn push(entries: &mut VecDeque<TraceEntry>, entry: TraceEntry) {
    if entries.len() >= TRACE_MAX {
        entries.pop_front();
    }
    entries.push_back(entry);
}

// === impl TraceEntry ===

impl TraceEntry {
    /// Resource, such as `pods`, or with its subresource `pods/status`, without its group; a path where it names none
    pub fn resource(&self) -> &str {
        let first = self.target.split(' ').next().unwrap_or_default();
        if first.starts_with('/') { first } else { first.split('.').next().unwrap_or_default() }
    }

    /// Name of the object; empty where the request has none, as creations have not
    pub fn name(&self) -> &str {
        let place = self.target.split_once(' ').map_or("", |(_, place)| place);
        place.rsplit('/').next().unwrap_or_default()
    }
}

impl fmt::Display for TraceEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { time, actor, verb, target, code, fault } = self;
        let code = code.map_or_else(|| "-".to_owned(), |code| code.to_string());
        write!(f, "{:>10.3}s  {actor:<14} {verb:<8} {target:<50} {code}", time.as_secs_f64())?;
        fault.map_or(Ok(()), |fault| write!(f, "  {fault}"))
    }
}
