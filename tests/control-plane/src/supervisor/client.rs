//! The near end of the pipe: starts the supervisor, asks it for processes, learns how they ended
//!
//! It holds no process but the supervisor's own; closing its end of the pipe is what ends a run.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;

use super::{Exit, FLAG, Program, Reply, Request, Signal};

/// Why the supervisor could not do what was asked
#[derive(Debug, thiserror::Error)]
pub enum SupervisorError {
    /// Not retried: this binary could not be run again
    #[error("cannot start the supervisor: {0}")]
    Start(#[source] std::io::Error),
    /// Not retried: it was ended, and all its processes will be
    #[error("the supervisor is gone; was it killed, or does `main` not call `supervise_if_asked` first?")]
    Gone,
    /// Not retried: it could not carry out one request
    #[error("cannot run `{name}`: {message}")]
    Refused {
        /// The program, or the process id
        name: String,
        /// In the operating system's words
        message: String,
    },
}

/// The supervisor of this run; clones are the same one
#[derive(Clone)]
pub struct Supervisor {
    shared: Arc<Shared>,
}

/// A supervised process; dropped, it is killed
pub struct Process {
    name: String,
    pid: u32,
    log: PathBuf,
    shared: Arc<Shared>,
}

struct Shared {
    link: Mutex<Option<Link>>,
    ends: watch::Receiver<Ends>,
    run_dir: PathBuf,
}

struct Link {
    supervisor: Child,
    requests: ChildStdin,
    replies: Receiver<Reply>,
}

/// What is known of ended processes
#[derive(Default)]
struct Ends {
    exits: BTreeMap<u32, Exit>,
    supervisor_gone: bool,
}

// === impl Supervisor ===

impl Supervisor {
    /// Runs this binary again as the supervisor
    ///
    /// # Errors
    /// [`SupervisorError::Start`], or [`SupervisorError::Gone`] where it ended at once.
    pub fn start() -> Result<Self, SupervisorError> {
        let file = std::env::current_exe().map_err(SupervisorError::Start)?;
        let mut supervisor = Command::new(file)
            .arg(FLAG)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // an interrupt at the terminal ends the test binary, not the one that cleans up after it
            .process_group(0)
            .spawn()
            .map_err(SupervisorError::Start)?;
        let (Some(requests), Some(output)) = (supervisor.stdin.take(), supervisor.stdout.take()) else {
            return Err(SupervisorError::Gone);
        };
        let (ends_sender, ends) = watch::channel(Ends::default());
        let (reply_sender, replies) = mpsc::channel();
        std::thread::spawn(move || listen(output, &reply_sender, &ends_sender));
        let Ok(Reply::Ready { run_dir }) = replies.recv() else { return Err(SupervisorError::Gone) };
        let link = Mutex::new(Some(Link { supervisor, requests, replies }));
        Ok(Self { shared: Arc::new(Shared { link, ends, run_dir }) })
    }

    /// The folder of this run: readable by this user alone, gone when the run is over
    pub fn run_dir(&self) -> &Path {
        &self.shared.run_dir
    }

    /// Process id of the supervisor itself; `None` once it was ended
    pub fn pid(&self) -> Option<u32> {
        let link = self.shared.link.lock().unwrap_or_else(PoisonError::into_inner);
        link.as_ref().map(|link| link.supervisor.id())
    }

    /// Starts a program that cannot outlive this run
    ///
    /// # Errors
    /// [`SupervisorError::Refused`] where the program cannot be run.
    pub fn spawn(&self, program: Program) -> Result<Process, SupervisorError> {
        let (name, log) = (program.name.clone(), program.log.clone());
        match self.shared.ask(&Request::Spawn(program))? {
            Reply::Spawned { pid } => Ok(Process { name, pid, log, shared: Arc::clone(&self.shared) }),
            Reply::Refused { message } => Err(SupervisorError::Refused { name, message }),
            _ => Err(SupervisorError::Gone),
        }
    }

    /// Ends all processes, removes the run directory and returns when both are done
    pub fn end(&self) {
        let link = self.shared.link.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(Link { mut supervisor, requests, .. }) = link {
            drop(requests);
            // it reports its own failure; nothing is left to do about it here
            let _status = supervisor.wait();
        }
    }
}

// === impl Shared ===

impl Shared {
    fn ask(&self, request: &Request) -> Result<Reply, SupervisorError> {
        let mut link = self.link.lock().unwrap_or_else(PoisonError::into_inner);
        let link = link.as_mut().ok_or(SupervisorError::Gone)?;
        let mut line = serde_json::to_string(request).map_err(|_| SupervisorError::Gone)?;
        line.push('\n');
        link.requests.write_all(line.as_bytes()).map_err(|_| SupervisorError::Gone)?;
        link.replies.recv().map_err(|_| SupervisorError::Gone)
    }
}

/// Sorts what the supervisor says until it is gone: exits to `ends`, the rest to who asked
fn listen(output: ChildStdout, replies: &Sender<Reply>, ends: &watch::Sender<Ends>) {
    let lines = BufReader::new(output).lines().map_while(Result::ok);
    for reply in lines.map_while(|line| serde_json::from_str(&line).ok()) {
        match reply {
            Reply::Exited { pid, exit } => ends.send_modify(|ends| {
                ends.exits.insert(pid, exit);
            }),
            Reply::Spawned { pid } => {
                // the operating system may give an id again: forget the end of its first owner
                ends.send_modify(|ends| {
                    ends.exits.remove(&pid);
                });
                let _asker = replies.send(Reply::Spawned { pid });
            }
            other => {
                let _asker = replies.send(other);
            }
        }
    }
    ends.send_modify(|ends| ends.supervisor_gone = true);
}

// === impl Process ===

impl Process {
    /// Its process id
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// What it is called in messages
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The file that its output goes to
    pub fn log(&self) -> &Path {
        &self.log
    }

    /// The last `lines` lines of its output
    pub fn log_tail(&self, lines: usize) -> String {
        log_tail(&self.log, lines)
    }

    /// Signals it; one that has ended is left alone
    ///
    /// # Errors
    /// [`SupervisorError`]: the supervisor is gone or the signal could not be sent.
    pub fn signal(&self, signal: Signal) -> Result<(), SupervisorError> {
        match self.shared.ask(&Request::Signal { pid: self.pid, signal })? {
            Reply::Refused { message } => Err(SupervisorError::Refused { name: self.name.clone(), message }),
            _ => Ok(()),
        }
    }

    /// How it ended; `None` while it runs
    pub fn exit(&self) -> Option<Exit> {
        self.shared.ends.borrow().exits.get(&self.pid).copied()
    }

    /// Waits for its end
    ///
    /// # Errors
    /// [`SupervisorError::Gone`]: the supervisor ended first.
    pub async fn wait(&self) -> Result<Exit, SupervisorError> {
        let mut ends = self.shared.ends.clone();
        let known = ends.wait_for(|ends| ends.exits.contains_key(&self.pid) || ends.supervisor_gone).await;
        let exit = known.ok().and_then(|ends| ends.exits.get(&self.pid).copied());
        exit.ok_or(SupervisorError::Gone)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if self.exit().is_none() {
            // a supervisor that is gone has ended it already
            let _gone = self.signal(Signal::Kill);
        }
    }
}

/// The last `lines` lines of a file, lossily decoded; empty where it cannot be read
pub fn log_tail(file: &Path, lines: usize) -> String {
    let content = std::fs::read(file).unwrap_or_default();
    let text = String::from_utf8_lossy(&content);
    let all: Vec<&str> = text.lines().collect();
    all[all.len().saturating_sub(lines)..].join("\n")
}
