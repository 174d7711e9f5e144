//! The API server's audit log as values: what was asked of it, by whom, with what body and what result
//!
//! One reader follows the file for all tests of a run. It filters nothing but by what it is asked for.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

/// One request of a service account, as the API server saw it
///
/// A watch gives two entries: stage `ResponseStarted` when it begins, `ResponseComplete` when it ends. All other
/// requests give one, when they are answered.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AuditEntry {
    /// The same for all entries of a request
    #[serde(rename = "auditID")]
    pub audit_id: String,
    /// `ResponseStarted`, `ResponseComplete` or `Panic`
    pub stage: String,
    /// `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`, `deletecollection`
    pub verb: String,
    /// Path and query
    #[serde(rename = "requestURI")]
    pub request_uri: String,
    /// Who asked
    pub user: AuditUser,
    /// The client's name for itself
    #[serde(default)]
    pub user_agent: String,
    /// What it was about; none for paths that are no objects, such as `/version`
    pub object_ref: Option<AuditObject>,
    /// The result
    pub response_status: Option<AuditResponse>,
    /// The body of the request
    pub request_object: Option<Value>,
    /// When it arrived
    pub request_received_timestamp: Timestamp,
    /// When this entry was made
    pub stage_timestamp: Timestamp,
    /// `authorization.k8s.io/decision` among others
    #[serde(default)]
    pub annotations: BTreeMap<String, String>,
}

/// Who made a request
#[derive(Clone, Debug, Deserialize)]
pub struct AuditUser {
    /// `system:serviceaccount:<namespace>:<name>`
    pub username: String,
    /// Groups
    #[serde(default)]
    pub groups: Vec<String>,
}

/// What a request was about
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AuditObject {
    /// API group; empty for the core group
    pub api_group: String,
    /// Plural, such as `pods`
    pub resource: String,
    /// Such as `status`; empty for the object itself
    pub subresource: String,
    /// Namespace; empty for cluster-wide requests
    pub namespace: String,
    /// Name; empty for lists, and for creates with a generated name
    pub name: String,
}

/// The result of a request
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct AuditResponse {
    /// HTTP status
    pub code: u16,
    /// The reason of a failure, such as `Conflict`
    pub reason: String,
    /// The message of a failure
    pub message: String,
}

impl AuditEntry {
    /// Whether the request can have changed something
    pub fn is_write(&self) -> bool {
        !matches!(self.verb.as_str(), "get" | "list" | "watch")
    }

    /// Whether it was about `resource`, or `resource/subresource`
    pub fn is_about(&self, resource: &str) -> bool {
        let (resource, subresource) = resource.split_once('/').unwrap_or((resource, ""));
        self.object_ref
            .as_ref()
            .is_some_and(|object| object.resource == resource && object.subresource == subresource)
    }

    /// Name of the object; empty where there is none
    pub fn name(&self) -> &str {
        self.object_ref.as_ref().map_or("", |object| &object.name)
    }

    /// HTTP status of the answer; 0 where there was none
    pub fn code(&self) -> u16 {
        self.response_status.as_ref().map_or(0, |status| status.code)
    }

    /// Whether it belongs to a namespace: by its object, or because a service account of it asked
    pub fn is_of(&self, namespace: &str) -> bool {
        let by_object = self.object_ref.as_ref().is_some_and(|object| object.namespace == namespace);
        by_object || self.user.username.starts_with(&format!("system:serviceaccount:{namespace}:"))
    }
}

/// One line: time, verb, target, result
impl fmt::Display for AuditEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { request_received_timestamp: at, verb, request_uri, .. } = self;
        write!(f, "{at:.3} {verb:<6} {} {request_uri}", self.code())?;
        if self.stage != "ResponseComplete" {
            write!(f, " ({})", self.stage)?;
        }
        match self.response_status.as_ref() {
            Some(status) if !status.message.is_empty() => write!(f, " {}: {}", status.reason, status.message),
            _ => Ok(()),
        }
    }
}

/// The log of one control plane; clones read the same one
#[derive(Clone)]
pub struct AuditLog {
    file: PathBuf,
    read: Arc<Mutex<Progress>>,
}

/// What was read so far
#[derive(Default)]
struct Progress {
    offset: u64,
    /// A line whose end was not written yet
    rest: Vec<u8>,
    entries: Vec<Arc<AuditEntry>>,
}

impl AuditLog {
    pub(crate) fn new(file: PathBuf) -> Self {
        Self { file, read: Arc::default() }
    }

    /// All entries so far, in the order in which they were written: by their end, not by their arrival
    ///
    /// An entry may come some milliseconds after the answer to its request; tests look again until it is there.
    ///
    /// # Errors
    /// The file cannot be read, or holds a line that is no audit event.
    pub fn entries(&self) -> std::io::Result<Vec<Arc<AuditEntry>>> {
        let mut progress = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        progress.follow(&self.file)?;
        Ok(progress.entries.clone())
    }

    /// The entries that belong to a namespace, see [`AuditEntry::is_of`]
    ///
    /// # Errors
    /// As [`AuditLog::entries`].
    pub fn of_namespace(&self, namespace: &str) -> std::io::Result<Vec<Arc<AuditEntry>>> {
        Ok(self.entries()?.into_iter().filter(|entry| entry.is_of(namespace)).collect())
    }
}

impl Progress {
    fn follow(&mut self, file: &PathBuf) -> std::io::Result<()> {
        let mut file = File::open(file)?;
        file.seek(SeekFrom::Start(self.offset))?;
        let grown = file.read_to_end(&mut self.rest)?;
        self.offset += grown as u64;
        let Some(end) = self.rest.iter().rposition(|byte| *byte == b'\n') else { return Ok(()) };
        let unfinished = self.rest.split_off(end + 1);
        let lines = std::mem::replace(&mut self.rest, unfinished);
        for line in lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            self.entries.push(Arc::new(serde_json::from_slice(line)?));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    const LINE: &str = r#"{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Request","auditID":"1",
        "stage":"ResponseComplete","requestURI":"/api/v1/namespaces/a/pods/p","verb":"delete",
        "user":{"username":"system:serviceaccount:a:operator","groups":["system:serviceaccounts"]},
        "objectRef":{"resource":"pods","namespace":"a","name":"p","apiVersion":"v1"},
        "responseStatus":{"metadata":{},"code":200},
        "requestReceivedTimestamp":"2026-11-22T10:00:00.123456Z","stageTimestamp":"2026-11-22T10:00:00.130000Z"}"#;

    #[test]
    fn a_line_is_read_once_and_only_when_it_is_complete() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit.log");
        let mut file = File::create(&path).unwrap();
        let log = AuditLog::new(path);
        let line = LINE.replace('\n', " ");
        let (first, second) = line.split_at(100);
        file.write_all(first.as_bytes()).unwrap();
        assert_eq!(log.entries().unwrap().len(), 0);
        file.write_all(second.as_bytes()).unwrap();
        file.write_all(b"\n").unwrap();
        let entries = log.entries().unwrap();
        assert_eq!(entries.len(), 1);
        assert_eq!(log.entries().unwrap().len(), 1);
        let entry = &entries[0];
        assert!(entry.is_write() && entry.is_about("pods") && !entry.is_about("pods/status"));
        assert!(entry.is_of("a") && !entry.is_of("b"));
        assert_eq!(entry.to_string(), "2026-11-22T10:00:00.123Z delete 200 /api/v1/namespaces/a/pods/p");
    }
}
