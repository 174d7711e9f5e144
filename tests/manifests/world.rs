//! The tools, each built from a committed Go module file, and an API server
//!
//! It runs programs and owns folders. What they are asked is not its business.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use control_plane::{ControlPlane, Kubectl, Module, Options, StartError};
use crd_gen::{Description, File};
use serde_json::Value;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

use crate::output;

const HELM: Module = Module {
    name: "manifest-tools",
    go_mod: include_str!("go/helm/go.mod"),
    go_sum: include_str!("go/helm/go.sum"),
    packages: &["github.com/yannh/kubeconform/cmd/kubeconform", "helm.sh/helm/v4/cmd/helm"],
};
/// Apart from the others: it needs packages that the newest client libraries no longer have
const SCORE: Module = Module {
    name: "manifest-tools",
    go_mod: include_str!("go/score/go.mod"),
    go_sum: include_str!("go/score/go.sum"),
    packages: &["github.com/zegl/kube-score/cmd/kube-score"],
};
/// Bounds each run of a tool
const LIMIT: Duration = Duration::from_mins(2);

/// Kinds of others that manifests can name: as much of them as is used here
pub(crate) const FOREIGN: &str = include_str!("foreign.yaml");

/// The tools, the server, and the operator whose manifests are looked at
pub(crate) struct World {
    plane: ControlPlane,
    helm: PathBuf,
    score: PathBuf,
    folders: AtomicU32,
    /// Version of the operator
    pub(crate) version: String,
    pub(crate) description: Description,
}

/// Why there are no tools or no server
#[derive(Clone, Debug)]
pub(crate) enum NoWorld {
    /// They cannot be built here, and nothing is wrong
    NotHere(String),
    Broken(String),
}

// === impl NoWorld ===

impl From<StartError> for NoWorld {
    fn from(error: StartError) -> Self {
        match error {
            StartError::GoMissing => Self::NotHere(error.to_string()),
            other => Self::Broken(other.to_string()),
        }
    }
}

// === impl World ===

impl World {
    pub(crate) async fn start() -> Result<Self, NoWorld> {
        let plane = ControlPlane::start(&Options::default()).await?;
        let helm = HELM.find_or_build(plane.supervisor()).await?;
        let score = SCORE.find_or_build(plane.supervisor()).await?;
        let described = output::described().map_err(NoWorld::Broken)?;
        let (version, description) = (described.version, described.description);
        let world = Self { plane, helm, score, folders: AtomicU32::new(0), version, description };
        world.install().await.map_err(NoWorld::Broken)?;
        Ok(world)
    }

    /// What must be there before a dry run of the rest can succeed: namespaces, and kinds of others
    async fn install(&self) -> Result<(), String> {
        let names = output::NAMESPACES.iter().chain([&"healing-operator-system"]);
        let namespaces =
            names.map(|name| format!("---\napiVersion: v1\nkind: Namespace\nmetadata:\n  name: {name}\n"));
        let objects = namespaces.collect::<String>() + FOREIGN;
        self.kubectl(&["apply", "--server-side", "-f", "-"], &objects).await?;
        let established = ["wait", "--for=condition=Established", "crd", "--all", "--timeout=60s"];
        self.kubectl(&established, "").await.map(drop)
    }

    /// What kubectl prints; warnings are an error too
    pub(crate) async fn kubectl(&self, args: &[&str], input: &str) -> Result<String, String> {
        let kubectl: Kubectl = self.plane.kubectl();
        let output = kubectl.run_with(args, input).await.map_err(|error| error.to_string())?;
        if output.stderr.is_empty() { Ok(output.stdout) } else { Err(output.stderr) }
    }

    /// What the API server answers to a GET
    pub(crate) async fn get(&self, path: &str) -> Result<Value, String> {
        let request = http::Request::get(path).body(Vec::new()).map_err(|error| error.to_string())?;
        self.plane.client().request(request).await.map_err(|error| error.to_string())
    }

    /// What a tool prints; an exit code other than 0 is an error with all that it printed
    pub(crate) async fn tool(&self, name: &str, args: &[&str], input: &str) -> Result<String, String> {
        let (success, printed) = self.try_tool(name, args, input).await?;
        if success { Ok(printed) } else { Err(format!("{name} {}:\n{printed}", args.join(" "))) }
    }

    /// Whether a tool ends with 0, and all that it prints
    pub(crate) async fn try_tool(
        &self,
        name: &str,
        args: &[&str],
        input: &str,
    ) -> Result<(bool, String), String> {
        let folder = if name == "kube-score" { &self.score } else { &self.helm };
        let mut command = Command::new(folder.join(name));
        command.args(args).env_clear().env("HOME", self.plane.folder()).current_dir(self.plane.folder());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().map_err(|error| error.to_string())?;
        if let Some(mut stdin) = child.stdin.take() {
            // a tool that does not read its input closes the pipe
            let _unread = stdin.write_all(input.as_bytes()).await;
        }
        let output = tokio::time::timeout(LIMIT, child.wait_with_output()).await;
        let output = output.map_err(|_elapsed| format!("{name} did not end"))?;
        let output = output.map_err(|error| error.to_string())?;
        let printed = [output.stdout, output.stderr].concat();
        Ok((output.status.success(), String::from_utf8_lossy(&printed).into_owned()))
    }

    /// A new folder with these files; gone at the end
    pub(crate) fn folder(&self, files: &[File]) -> Result<PathBuf, String> {
        let number = self.folders.fetch_add(1, Ordering::Relaxed);
        let folder = self.plane.folder().join(format!("files-{number}"));
        crd_gen::write::write(&folder, files).map_err(|error| error.to_string())?;
        Ok(folder)
    }

    pub(crate) fn end(&self) {
        self.plane.end();
    }
}

/// A path as an argument
pub(crate) fn text(path: &Path) -> &str {
    path.to_str().expect("a run directory is UTF-8")
}
