//! The supervisor: a process that owns every process of a test run and ends them when the run is gone
//!
//! A test binary can be killed with no chance to clean up. So it owns nothing: it runs itself again as a supervisor,
//! and that one starts etcd, the API server, the operators under test and the builds, on request over a pipe. When
//! the pipe closes, for whatever reason, the supervisor ends what it started and removes the run directory. It is
//! the parent of those processes, so a process id that it signals cannot have been given to a stranger. What a
//! killed supervisor leaves is found and ended by the next one (`sweep`).
//!
//! This file owns the words on the pipe and the entry; it knows nothing of Kubernetes.

mod children;
mod client;
mod run_dir;
mod serve;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;

use serde::{Deserialize, Serialize};

pub use client::{Process, Supervisor, SupervisorError, log_tail};

/// First argument that makes a binary a supervisor
const FLAG: &str = "--supervise-control-plane";

/// A program for the supervisor to run
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Program {
    /// What it is called in messages
    pub name: String,
    /// The file to run
    pub file: PathBuf,
    /// Its arguments
    pub args: Vec<String>,
    /// Its environment: all of it, or what is added where `inherit` is set
    pub environment: BTreeMap<String, String>,
    /// Give it the environment of the supervisor as well (default false)
    pub inherit: bool,
    /// The folder it runs in; the run directory where none is given
    pub folder: Option<PathBuf>,
    /// File that its standard output and error are appended to
    pub log: PathBuf,
    /// End it with TERM first, and KILL only if that is not obeyed (default false: KILL at once)
    pub gentle: bool,
}

impl Program {
    /// A program with no arguments and an empty environment
    pub fn new(name: &str, file: impl Into<PathBuf>, log: impl Into<PathBuf>) -> Self {
        Self {
            name: name.to_owned(),
            file: file.into(),
            args: Vec::new(),
            environment: BTreeMap::new(),
            inherit: false,
            folder: None,
            log: log.into(),
            gentle: false,
        }
    }

    /// Adds arguments
    #[must_use]
    pub fn args<S: Into<String>>(mut self, args: impl IntoIterator<Item = S>) -> Self {
        self.args.extend(args.into_iter().map(Into::into));
        self
    }

    /// Sets one variable of its environment
    #[must_use]
    pub fn variable(mut self, name: &str, value: impl Into<String>) -> Self {
        self.environment.insert(name.to_owned(), value.into());
        self
    }
}

/// What can be sent to a supervised process
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Signal {
    /// Ends it with no chance to react
    Kill,
    /// Asks it to end
    Term,
    /// Freezes it until [`Signal::Cont`]
    Stop,
    /// Lets a frozen process go on
    Cont,
}

/// How a process ended: exactly one of the two is there
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exit {
    /// Its exit code
    pub code: Option<i32>,
    /// The number of the signal that ended it
    pub signal: Option<i32>,
}

impl std::fmt::Display for Exit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.code, self.signal) {
            (Some(code), _) => write!(f, "exit code {code}"),
            (None, Some(signal)) => write!(f, "signal {signal}"),
            (None, None) => f.write_str("an unknown end"),
        }
    }
}

/// A line to the supervisor
#[derive(Debug, Serialize, Deserialize)]
enum Request {
    Spawn(Program),
    Signal { pid: u32, signal: Signal },
}

/// A line from the supervisor: one per request in their order, and one per exit at any time
#[derive(Debug, Serialize, Deserialize)]
enum Reply {
    Ready { run_dir: PathBuf },
    Spawned { pid: u32 },
    Signalled,
    Refused { message: String },
    Exited { pid: u32, exit: Exit },
}

/// Acts as the supervisor where this process was started as one
///
/// A binary that starts a control plane calls this first in `main` and returns the code if there is one.
pub fn supervise_if_asked() -> Option<ExitCode> {
    let asked = std::env::args_os().nth(1).is_some_and(|first| first == FLAG);
    asked.then(serve::main)
}
