//! Operators as processes, which can be killed, asked to end and started again
//!
//! They belong to the control plane's supervisor, so none outlives the run. The examples are built by cargo.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use control_plane::{Exit, Process, Program, Signal, Supervisor, free_ports};
use kube::{Client, Config};
use serde_json::Value;
use tokio::sync::{Mutex, OnceCell};

use super::{Operator, Source};
use crate::arm::Cluster;
use crate::failure::Failure;
use crate::world::LEADER_ELECT;
use crate::{environment, wait};

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

// === impl OperatorProcess ===

impl OperatorProcess {
    /// Starts one for a namespace
    pub(crate) async fn start(
        cluster: &Cluster,
        operator: &Operator<'_>,
        namespace: &str,
        (kubeconfig, log): (&Path, PathBuf),
    ) -> Result<Self, Failure> {
        let supervisor = cluster.plane.supervisor().clone();
        let file = operator.file(cluster).await?;
        let [metrics, health] = free_ports()?.map(|port| SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
        let home = cluster.plane.folder().join("home").to_string_lossy().into_owned();
        let elects = operator.args.contains(&LEADER_ELECT);
        let mut program = Program::new(operator.name, file, log)
            .args([
                format!("--kubeconfig={}", kubeconfig.display()),
                format!("--namespace={namespace}"),
                format!("--metrics-bind-address={metrics}"),
                format!("--health-probe-bind-address={health}"),
            ])
            .args(operator.args.iter().copied())
            .args(elects.then(|| format!("--leader-election-namespace={namespace}")))
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
        let limit = wait::limit();
        let ended = tokio::time::timeout(limit, self.process.wait()).await;
        ended
            .map_err(|_elapsed| Failure::new(format!("the operator did not end within {limit:?}")))?
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
    pub(super) async fn build(&self, name: &str, supervisor: &Supervisor) -> Result<PathBuf, Failure> {
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
