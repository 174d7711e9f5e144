//! Operators under test: started, killed, asked to end and started again, in the same way on both arms
//!
//! On a real control plane they are processes. On a sandbox they run in this process and on its virtual time. Who they
//! may be is `embedded`'s, and the examples.

mod in_process;
mod process;

use std::path::PathBuf;

use control_plane::Exit;
use healing::Operator as Declared;

use crate::arm::Cluster;
use crate::embedded::{brisk, checked, example, keeper, lone, marker, spread};
use crate::environment;
use crate::failure::Failure;
use crate::proxy::Proxy;

pub(crate) use self::in_process::{InProcess, Logged, Start};
pub(crate) use self::process::{Examples, OperatorProcess};

/// An operator to start
#[derive(Clone, Copy)]
pub(crate) struct Operator<'a> {
    pub(crate) name: &'a str,
    pub(crate) source: Source,
    /// Arguments besides those that say where the cluster is and what to serve where
    pub(crate) args: &'a [&'a str],
    /// Talk to this instead of to the API server
    pub(crate) proxy: Option<&'a Proxy>,
}

/// Where an operator's program comes from
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// An example of the root package
    Example,
    /// This binary
    Embedded,
}

/// An operator that was started; dropped, it is killed
pub(crate) enum RunningOperator {
    Process(Box<OperatorProcess>),
    InProcess(Box<InProcess>),
}

// === impl Operator ===

impl<'a> Operator<'a> {
    /// An example of the root package
    pub(crate) fn example(name: &'a str) -> Self {
        Self { name, source: Source::Example, args: &[], proxy: None }
    }

    /// An operator that `embedded` knows
    pub(crate) fn embedded(name: &'a str) -> Self {
        Self { name, source: Source::Embedded, args: &[], proxy: None }
    }

    /// What it declares
    pub(crate) fn declared(&self) -> Result<Declared, Failure> {
        match self.name {
            example::NAME => Ok(example::operator()),
            brisk::NAME => Ok(brisk::operator()),
            checked::NAME => Ok(checked::operator()),
            keeper::NAME => Ok(keeper::operator()),
            lone::NAME => Ok(lone::operator()),
            spread::NAME => Ok(spread::operator()),
            marker::NAME => Err(Failure::new("the marker is made by hand and declares nothing")),
            name => Err(Failure::new(format!("no operator `{name}` in this binary"))),
        }
    }

    /// What its program prints when it is told to, such as its manifests
    pub(crate) async fn print(&self, cluster: &Cluster, command: &[&str]) -> Result<String, Failure> {
        let mut program = tokio::process::Command::new(self.file(cluster).await?);
        if self.source == Source::Embedded {
            program.env(environment::EMBEDDED_OPERATOR, self.name);
        }
        let output = program.args(command).output().await?;
        Failure::unless(output.status.success(), || {
            format!("{} {command:?}: {}", self.name, String::from_utf8_lossy(&output.stderr))
        })?;
        Ok(String::from_utf8(output.stdout)?)
    }

    /// Its program, built if need be
    async fn file(&self, cluster: &Cluster) -> Result<PathBuf, Failure> {
        match self.source {
            Source::Example => cluster.examples.build(self.name, cluster.plane.supervisor()).await,
            Source::Embedded => Ok(std::env::current_exe()?),
        }
    }
}

// === impl RunningOperator ===

impl RunningOperator {
    /// Ends it with no chance to react, and returns when it is gone
    pub(crate) async fn kill9(&self) -> Result<Exit, Failure> {
        match self {
            Self::Process(process) => process.kill9().await,
            Self::InProcess(running) => Ok(running.kill9()),
        }
    }

    /// Asks it to end, as Kubernetes does
    pub(crate) fn terminate(&self) -> Result<(), Failure> {
        match self {
            Self::Process(process) => process.terminate(),
            Self::InProcess(running) => running.terminate(),
        }
    }

    /// Waits for its end
    pub(crate) async fn wait_exit(&self) -> Result<Exit, Failure> {
        match self {
            Self::Process(process) => process.wait_exit().await,
            Self::InProcess(running) => running.wait_exit().await,
        }
    }

    /// Starts it again with the same arguments and the same log; it must have ended
    pub(crate) fn restart(&mut self) -> Result<(), Failure> {
        match self {
            Self::Process(process) => process.restart(),
            Self::InProcess(running) => running.restart(),
        }
    }

    /// What its health server answers with success, or would
    pub(crate) async fn health(&self, path: &str) -> Result<String, Failure> {
        match self {
            Self::Process(process) => process.health(path).await,
            Self::InProcess(running) => running.health(path),
        }
    }

    /// What its metrics server answers, or would
    pub(crate) async fn metrics(&self) -> Result<String, Failure> {
        match self {
            Self::Process(process) => process.metrics().await,
            Self::InProcess(running) => running.metrics(),
        }
    }

    /// The last lines of its log, those of earlier starts included
    pub(crate) fn log(&self, lines: usize) -> String {
        match self {
            Self::Process(process) => process.log(lines),
            Self::InProcess(running) => running.log(lines),
        }
    }
}
