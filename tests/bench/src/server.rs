//! The servers that are compared, each started for one run and ended with it
//!
//! It owns their start, the client to each and the processes that are theirs. The pods of the benchmark
//! name a scheduler that none of them has, and so stay as they were created.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::Duration;

use control_plane::{ControlPlane, Options, Process, Program, Supervisor, client_of, until};
use healing_sandbox::{Embedded, EmbeddedOptions};
use kube::Client;

use crate::args::{Asked, ServerKind};
use crate::usage::processes;

/// How long the sandbox's program may take to be there
const START_LIMIT: Duration = Duration::from_secs(30);

/// A running server
pub(crate) struct Server {
    pub(crate) client: Client,
    /// The processes that store and answer; those of controllers are not among them where they are their own
    pub(crate) pids: Vec<u32>,
    _running: Running,
}

/// What ends when it is dropped
#[expect(dead_code, reason = "kept for their drop alone")]
enum Running {
    InProcess(Box<Embedded>),
    Sandbox(Process, tempfile::TempDir, Ended),
    Real(Box<ControlPlane>),
}

/// A supervisor that ends what it runs with this value
struct Ended(Supervisor);

// === impl Server ===

impl Server {
    pub(crate) async fn start(kind: ServerKind, asked: &Asked) -> Result<Self, Box<dyn Error>> {
        match kind {
            ServerKind::InProcess => {
                let embedded = Box::new(Embedded::start(EmbeddedOptions::default()).await?);
                let (client, pids) = (embedded.client(), vec![std::process::id()]);
                Ok(Self { client, pids, _running: Running::InProcess(embedded) })
            }
            ServerKind::Sandbox => Self::sandbox(asked.sandbox.as_deref()).await,
            ServerKind::Real => {
                let plane = Box::new(ControlPlane::start(&Options::default()).await?);
                let pids = processes(&["etcd", "kube-apiserver"], plane.folder())?;
                if pids.len() != 2 {
                    return Err(format!("etcd and kube-apiserver are {} processes", pids.len()).into());
                }
                Ok(Self { client: plane.client(), pids, _running: Running::Real(plane) })
            }
        }
    }

    async fn sandbox(program: Option<&Path>) -> Result<Self, Box<dyn Error>> {
        let program = program.map_or_else(beside, |program| Ok(program.to_owned()))?;
        if !program.exists() {
            let file = program.display();
            return Err(
                format!("there is no {file}; build it: cargo build --release -p healing-sandbox").into()
            );
        }
        let folder = tempfile::tempdir()?;
        let kubeconfig = folder.path().join("kubeconfig");
        let arguments = ["serve".to_owned(), "--kubeconfig".to_owned(), kubeconfig.display().to_string()];
        let supervisor = Ended(Supervisor::start()?);
        let log = folder.path().join("log");
        let mut program = Program::new("healing-sandbox", program, log).args(arguments);
        program.gentle = true;
        let process = supervisor.0.spawn(program)?;
        let client = until(START_LIMIT, async || {
            let client = client_of(&kubeconfig).await.map_err(|error| error.to_string())?;
            client.apiserver_version().await.map_err(|error| error.to_string())?;
            Ok::<_, String>(client)
        });
        let client = client.await.map_err(|last| {
            format!("the sandbox does not answer: {}; {}", last.unwrap_or_default(), process.log_tail(5))
        })?;
        let pids = vec![process.pid()];
        Ok(Self { client, pids, _running: Running::Sandbox(process, folder, supervisor) })
    }
}

impl Drop for Ended {
    fn drop(&mut self) {
        self.0.end();
    }
}

fn beside() -> Result<PathBuf, Box<dyn Error>> {
    Ok(std::env::current_exe()?.with_file_name("healing-sandbox"))
}
