//! The supervisor's own process: reads requests until the pipe closes, then ends everything
//!
//! Plain threads and blocking reads: it has to work while everything else fails.

use std::io::{self, BufRead, Write};
use std::process::ExitCode;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::Duration;

use super::children::Children;
use super::run_dir::RunDir;
use super::{Reply, Request};

/// How late the end of a child may be noticed
const REAP_INTERVAL: Duration = Duration::from_millis(20);

pub(super) fn main() -> ExitCode {
    match serve() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            report(&error);
            ExitCode::FAILURE
        }
    }
}

fn serve() -> io::Result<()> {
    let mut run_dir = RunDir::create()?;
    let mut children = Children::default();
    // an error here means that nobody listens any more: end everything, as when the pipe closes
    let talked = talk(&requests(), &mut children, &mut run_dir);
    children.end();
    run_dir.remove()?;
    match talked {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error),
        _ => Ok(()),
    }
}

/// The requests as they come in; the channel closes with the pipe
fn requests() -> Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        for line in io::stdin().lock().lines() {
            let Ok(line) = line else { return };
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    receiver
}

fn talk(requests: &Receiver<String>, children: &mut Children, run_dir: &mut RunDir) -> io::Result<()> {
    send(&Reply::Ready { run_dir: run_dir.path().to_owned() })?;
    loop {
        match requests.recv_timeout(REAP_INTERVAL) {
            Ok(line) => send(&answer(&line, children, run_dir))?,
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return Ok(()),
        }
        for (pid, exit) in children.reap() {
            send(&Reply::Exited { pid, exit })?;
        }
    }
}

fn answer(line: &str, children: &mut Children, run_dir: &mut RunDir) -> Reply {
    let done = match serde_json::from_str(line) {
        Ok(Request::Spawn(program)) => children.spawn(&program, run_dir).map(|pid| Reply::Spawned { pid }),
        Ok(Request::Signal { pid, signal }) => children.signal(pid, signal).map(|()| Reply::Signalled),
        Err(error) => Err(error.into()),
    };
    done.unwrap_or_else(|error| Reply::Refused { message: error.to_string() })
}

fn send(reply: &Reply) -> io::Result<()> {
    let line = serde_json::to_string(reply)?;
    let mut out = io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()
}

/// Waits a moment for another process
#[expect(clippy::disallowed_methods, reason = "another process ends in real time and tells nobody")]
pub(super) fn pause(time: Duration) {
    std::thread::sleep(time);
}

#[expect(clippy::print_stderr, reason = "the supervisor has no other place to say why it ended")]
fn report(error: &io::Error) {
    eprintln!("control plane supervisor: {error}");
}
