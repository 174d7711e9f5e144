//! The processes of one run: starts, signals, reaps and ends them
//!
//! Every child leads a process group of its own, so a terminal's interrupt does not reach it and what it starts in
//! turn ends with it. A child is signalled only before it is reaped: its id is then surely still its own.

use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, kill_process_group};

use super::run_dir::RunDir;
use super::{Exit, Program, Signal};

/// How long a gentle program may take to obey TERM, in steps of [`STEP`]
const GRACE_STEPS: u32 = 600;
const STEP: Duration = Duration::from_millis(5);

/// All children that were started and not yet reaped, in the order of their start
#[derive(Default)]
pub(super) struct Children {
    running: Vec<Running>,
}

struct Running {
    child: Child,
    gentle: bool,
}

impl Children {
    /// Starts a program
    pub(super) fn spawn(&mut self, program: &Program, run_dir: &mut RunDir) -> io::Result<u32> {
        let folder = program.folder.clone().unwrap_or_else(|| run_dir.path().to_owned());
        let log = OpenOptions::new().create(true).append(true).mode(0o600).open(&program.log)?;
        let mut command = Command::new(&program.file);
        if !program.inherit {
            command.env_clear();
        }
        let child = command
            .args(&program.args)
            .envs(&program.environment)
            .current_dir(&folder)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .process_group(0)
            .spawn()?;
        let pid = child.id();
        self.running.push(Running { child, gentle: program.gentle });
        run_dir.record(pid, &program.file, &folder)?;
        Ok(pid)
    }

    /// Signals a child and its group; one that has ended is left alone
    pub(super) fn signal(&mut self, pid: u32, signal: Signal) -> io::Result<()> {
        match self.running.iter().find(|running| running.child.id() == pid) {
            Some(running) => running.signal(signal),
            None => Ok(()),
        }
    }

    /// Takes the children that have ended
    pub(super) fn reap(&mut self) -> Vec<(u32, Exit)> {
        let mut ended = Vec::new();
        self.running.retain_mut(|running| match running.child.try_wait() {
            Ok(None) => true,
            Ok(Some(status)) => {
                ended.push((running.child.id(), exit_of(status)));
                false
            }
            // no such child: nothing is known of its end
            Err(_) => {
                ended.push((running.child.id(), Exit { code: None, signal: None }));
                false
            }
        });
        ended
    }

    /// Ends all, the last started first; the gentle ones when all others are gone
    pub(super) fn end(&mut self) {
        for running in self.running.iter().rev().filter(|running| !running.gentle) {
            // a failure means that it has just ended
            let _gone = running.signal(Signal::Kill);
        }
        self.running.retain_mut(|running| running.gentle || running.child.wait().is_err());
        for running in self.running.iter_mut().rev() {
            let _gone = running.signal(Signal::Term);
            running.wait_or_kill();
        }
    }
}

// === impl Running ===

impl Running {
    fn signal(&self, signal: Signal) -> io::Result<()> {
        let signal = match signal {
            Signal::Kill => rustix::process::Signal::KILL,
            Signal::Term => rustix::process::Signal::TERM,
            Signal::Stop => rustix::process::Signal::STOP,
            Signal::Cont => rustix::process::Signal::CONT,
        };
        Ok(kill_process_group(Pid::from_child(&self.child), signal)?)
    }

    fn wait_or_kill(&mut self) {
        for _ in 0..GRACE_STEPS {
            match self.child.try_wait() {
                Ok(None) => super::serve::pause(STEP),
                Ok(Some(_)) | Err(_) => return,
            }
        }
        let _gone = self.signal(Signal::Kill);
        let _reaped = self.child.wait();
    }
}

fn exit_of(status: ExitStatus) -> Exit {
    Exit { code: status.code(), signal: status.signal() }
}
