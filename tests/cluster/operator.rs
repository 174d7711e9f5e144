//! Operators under test: real processes, which can be killed, asked to end and started again
//!
//! They belong to the control plane's supervisor, so none outlives the run. Who they may be is `embedded`'s for this
//! binary itself; the examples are built by cargo.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use control_plane::{Exit, Process, Program, Signal, Supervisor, free_ports};
use kube::{Client, Config};
use serde_json::Value;
use tokio::sync::{Mutex, OnceCell};

use crate::environment;
use crate::failure::Failure;
use crate::proxy::Proxy;
use crate::wait::LIMIT;
use crate::world::World;

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

/// A running operator; dropped, it is killed
pub(crate) struct OperatorProcess {
    supervisor: Supervisor,
    program: Program,
    process: Process,
    metrics: SocketAddr,
    health: SocketAddr,
}

/// The examples that were built so far, each once for all cases
#[derive(Default)]
pub(crate) struct Examples(Mutex<BTreeMap<String, Arc<OnceCell<PathBuf>>>>);

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

    /// What it prints when it is told to, such as its manifests
    pub(crate) async fn print(&self, world: &World, command: &str) -> Result<String, Failure> {
        let mut program = tokio::process::Command::new(self.file(world).await?);
        if self.source == Source::Embedded {
            program.env(environment::EMBEDDED_OPERATOR, self.name);
        }
        let output = program.arg(command).output().await?;
        Failure::unless(output.status.success(), || {
            format!("{} {command}: {}", self.name, String::from_utf8_lossy(&output.stderr))
        })?;
        Ok(String::from_utf8(output.stdout)?)
    }

    /// Its program, built if need be
    async fn file(&self, world: &World) -> Result<PathBuf, Failure> {
        match self.source {
            Source::Example => world.arm().examples.build(self.name, world.plane().supervisor()).await,
            Source::Embedded => Ok(std::env::current_exe()?),
        }
    }
}

// === impl OperatorProcess ===

impl OperatorProcess {
    pub(crate) async fn start(
        world: &World,
        operator: &Operator<'_>,
        kubeconfig: &Path,
        log: PathBuf,
    ) -> Result<Self, Failure> {
        let supervisor = world.plane().supervisor().clone();
        let file = operator.file(world).await?;
        let [metrics, health] = free_ports()?.map(|port| SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
        let home = world.plane().folder().join("home").to_string_lossy().into_owned();
        let mut program = Program::new(operator.name, file, log)
            .args([
                format!("--kubeconfig={}", kubeconfig.display()),
                format!("--namespace={}", world.namespace()),
                format!("--metrics-bind-address={metrics}"),
                format!("--health-probe-bind-address={health}"),
            ])
            .args(operator.args.iter().copied())
            .variable("HOME", home)
            .variable("RUST_BACKTRACE", "1");
        if operator.source == Source::Embedded {
            program = program.variable(environment::EMBEDDED_OPERATOR, operator.name);
        }
        let process = supervisor.spawn(program.clone())?;
        Ok(Self { supervisor, program, process, metrics, health })
    }

    /// Ends it with no chance to react, and returns when it is gone
    pub(crate) async fn kill9(&self) -> Result<Exit, Failure> {
        self.process.signal(Signal::Kill)?;
        self.wait_exit().await
    }

    /// Asks it to end, as Kubernetes does
    pub(crate) fn terminate(&self) -> Result<(), Failure> {
        Ok(self.process.signal(Signal::Term)?)
    }

    /// Waits for its end
    pub(crate) async fn wait_exit(&self) -> Result<Exit, Failure> {
        let ended = tokio::time::timeout(LIMIT, self.process.wait()).await;
        ended
            .map_err(|_elapsed| Failure::new(format!("the operator did not end within {LIMIT:?}")))?
            .map_err(Into::into)
    }

    /// Starts it again with the same arguments and the same log; it must have ended
    pub(crate) fn restart(&mut self) -> Result<(), Failure> {
        Failure::unless(self.process.exit().is_some(), || "the operator still runs".to_owned())?;
        self.process = self.supervisor.spawn(self.program.clone())?;
        Ok(())
    }

    /// What its health server answers with success
    pub(crate) async fn health(&self, path: &str) -> Result<String, Failure> {
        get(self.health, path).await
    }

    /// What its metrics server answers
    pub(crate) async fn metrics(&self) -> Result<String, Failure> {
        get(self.metrics, "/metrics").await
    }

    /// The last lines of its log, those of earlier starts included
    pub(crate) fn log(&self, lines: usize) -> String {
        self.process.log_tail(lines)
    }
}

async fn get(address: SocketAddr, path: &str) -> Result<String, Failure> {
    let mut config = Config::new(format!("http://{address}").parse()?);
    config.default_retry = false;
    let client = Client::try_from(config)?;
    Ok(client.request_text(http::Request::get(path).body(Vec::new())?).await?)
}

// === impl Examples ===

impl Examples {
    /// The program of an example of the root package, built if need be
    async fn build(&self, name: &str, supervisor: &Supervisor) -> Result<PathBuf, Failure> {
        let built = Arc::clone(self.0.lock().await.entry(name.to_owned()).or_default());
        Ok(built.get_or_try_init(async || cargo_build(name, supervisor).await).await?.clone())
    }
}

async fn cargo_build(name: &str, supervisor: &Supervisor) -> Result<PathBuf, Failure> {
    let log = supervisor.run_dir().join(format!("cargo-build-{name}.log"));
    let mut cargo = Program::new("cargo build", environment::cargo(), log).args([
        "build",
        "--quiet",
        "--message-format=json-render-diagnostics",
        "--example",
        name,
    ]);
    cargo.environment = environment::for_cargo();
    cargo.folder = Some(PathBuf::from(env!("CARGO_MANIFEST_DIR")));
    let build = supervisor.spawn(cargo)?;
    let exit = build.wait().await?;
    let output = std::fs::read_to_string(build.log())?;
    Failure::unless(exit.code == Some(0), || format!("cannot build example {name} ({exit}):\n{output}"))?;
    // cargo prints a JSON object a line; the diagnostics between them are not JSON
    let messages = output.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let executable = messages
        .filter(|message| message["target"]["name"] == name)
        .find_map(|message| message["executable"].as_str().map(PathBuf::from));
    executable.ok_or_else(|| Failure::new(format!("cargo names no program of example {name}:\n{output}")))
}
