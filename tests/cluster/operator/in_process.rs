//! Operators in this process: on the runtime of a case, on its virtual time, with a client of a sandbox
//!
//! A kill is a drop: all tasks are gone at once, and what they had asked for and not sent is never sent.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use control_plane::Exit;
use healing::InProcess as Life;
use healing_sandbox::Clock;
use kube::Client;
use tokio::runtime::Handle;
use tokio_util::task::AbortOnDropHandle;
use tracing_subscriber::fmt::MakeWriter;

use super::Operator;
use crate::failure::Failure;
use crate::wait;

/// An operator that was started
pub(crate) struct InProcess {
    start: Start,
    state: Mutex<State>,
    log: Logged,
}

/// What it takes to start it, again and again
pub(crate) struct Start {
    /// Its name, as `Operator::declared` knows it
    pub(crate) name: String,
    pub(crate) client: Client,
    pub(crate) clock: Clock,
    pub(crate) namespaces: Vec<String>,
    /// Namespace of the lease, where it takes part in an election
    pub(crate) lease: Option<String>,
}

enum State {
    Runs(Life),
    /// It was asked to end; whether all its work was finished. Dropped, it is killed all the same
    Ends(AbortOnDropHandle<bool>),
    Ended(Exit),
}

/// What the operators of a case log
#[derive(Clone, Default)]
pub(crate) struct Logged(Arc<Mutex<Vec<u8>>>);

// === impl InProcess ===

impl InProcess {
    pub(crate) fn start(start: Start, log: Logged) -> Result<Self, Failure> {
        let state = Mutex::new(State::Runs(start.again()?));
        Ok(Self { start, state, log })
    }

    pub(super) fn kill9(&self) -> Exit {
        let mut state = self.locked();
        if let State::Ended(exit) = *state {
            return exit;
        }
        let killed = Exit { code: None, signal: Some(9) };
        *state = State::Ended(killed);
        killed
    }

    pub(super) fn terminate(&self) -> Result<(), Failure> {
        let mut state = self.locked();
        match std::mem::replace(&mut *state, State::Ended(Exit { code: None, signal: None })) {
            State::Runs(life) => {
                let ending = Handle::current().spawn(life.stop(wait::limit()));
                *state = State::Ends(AbortOnDropHandle::new(ending));
                Ok(())
            }
            other => {
                *state = other;
                Err(Failure::new("the operator does not run"))
            }
        }
    }

    pub(super) async fn wait_exit(&self) -> Result<Exit, Failure> {
        let taken = std::mem::replace(&mut *self.locked(), State::Ended(Exit { code: None, signal: None }));
        let exit = match taken {
            State::Ends(ending) => Exit { code: Some(i32::from(!ending.await?)), signal: None },
            State::Ended(exit) => exit,
            State::Runs(life) if self.start.lease.is_some() => {
                let why = tokio::time::timeout(wait::limit(), life.until_lost()).await;
                why.map_err(|_elapsed| Failure::new("the operator was not asked to end, and leads"))?;
                Exit { code: Some(1), signal: None }
            }
            State::Runs(life) => {
                *self.locked() = State::Runs(life);
                return Err(Failure::new("the operator was not asked to end"));
            }
        };
        *self.locked() = State::Ended(exit);
        Ok(exit)
    }

    pub(super) fn restart(&self) -> Result<(), Failure> {
        let mut state = self.locked();
        Failure::unless(matches!(*state, State::Ended(_)), || "the operator still runs".to_owned())?;
        *state = State::Runs(self.start.again()?);
        Ok(())
    }

    pub(super) fn health(&self, path: &str) -> Result<String, Failure> {
        Failure::unless(path == "/readyz", || format!("{path} is not asked in this process"))?;
        let is_ready = self.with_life(Life::is_ready)?;
        Failure::unless(is_ready, || format!("{path}: not ready"))?;
        Ok("ok".to_owned())
    }

    pub(super) fn metrics(&self) -> Result<String, Failure> {
        self.with_life(Life::metrics)
    }

    pub(super) fn log(&self, lines: usize) -> String {
        self.log.tail(lines)
    }

    fn with_life<T>(&self, look: impl FnOnce(&Life) -> T) -> Result<T, Failure> {
        match &*self.locked() {
            State::Runs(life) => Ok(look(life)),
            _ => Err(Failure::new("the operator does not run")),
        }
    }

    fn locked(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// === impl Start ===

impl Start {
    fn again(&self) -> Result<Life, Failure> {
        let declared = Operator::embedded(&self.name).declared()?;
        let (client, now) = (self.client.clone(), self.clock.now());
        Ok(match &self.lease {
            Some(lease) => declared.in_process_elected(client, now, &self.namespaces, lease)?,
            None => declared.in_process(client, now, &self.namespaces)?,
        })
    }
}

// === impl Logged ===

impl Logged {
    /// The last lines
    pub(crate) fn tail(&self, lines: usize) -> String {
        let log = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let text = String::from_utf8_lossy(&log).into_owned();
        let all: Vec<&str> = text.lines().collect();
        all[all.len().saturating_sub(lines)..].join("\n")
    }

    /// Writes down what is logged on this thread as long as the guard lives
    pub(crate) fn listen(&self) -> tracing::subscriber::DefaultGuard {
        let subscriber = tracing_subscriber::fmt().without_time().with_ansi(false).with_writer(self.clone());
        tracing::subscriber::set_default(subscriber.finish())
    }
}

impl<'w> MakeWriter<'w> for Logged {
    type Writer = Self;

    fn make_writer(&'w self) -> Self {
        self.clone()
    }
}

impl io::Write for Logged {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
