//! The Go program: how it is built and run
//!
//! What is built is in Go's own cache, so that only the first build on a machine takes minutes.

use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::Duration;

use tokio::process::Command;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clients/go");
/// What it is built from
pub(crate) const GO_MOD: &str = include_str!("go/go.mod");
/// Bounds a run; the program bounds itself, too
const LIMIT: Duration = Duration::from_mins(4);

/// The built program
#[derive(Debug)]
pub(crate) struct Program(PathBuf);

// === impl Program ===

impl Program {
    /// Builds it; none where there is no Go
    #[expect(clippy::print_stderr, reason = "a build of minutes must not be silent")]
    pub(crate) async fn build() -> Result<Option<Self>, String> {
        let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("clients");
        let mut go = Command::new("go");
        go.args(["build", "-mod=readonly", "-trimpath", "-o"]).arg(&file).arg(".").current_dir(FOLDER);
        // whatever the user has set for own work must not change what is built
        let fixed = [
            ("CGO_ENABLED", "0"),
            ("GOTOOLCHAIN", "local"),
            ("GOWORK", "off"),
            ("GOFLAGS", "-buildvcs=false"),
        ];
        go.envs(fixed).kill_on_drop(true);
        eprintln!("clients: building the Go program: minutes the first time, seconds later");
        match go.output().await {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.to_string()),
            Ok(built) if built.status.success() => Ok(Some(Self(file))),
            Ok(built) => Err(format!("go build: {}", String::from_utf8_lossy(&built.stderr))),
        }
    }

    /// What it prints on a server
    pub(crate) async fn run(&self, kubeconfig: &Path, namespace: &str) -> Result<String, String> {
        let mut run = Command::new(&self.0);
        run.arg(namespace).env_clear().env("KUBECONFIG", kubeconfig).stdin(Stdio::null()).kill_on_drop(true);
        let run = tokio::time::timeout(LIMIT, run.output()).await;
        let run = run.map_err(|_elapsed| "the program did not end".to_owned())?;
        let Output { status, stdout, stderr } = run.map_err(|error| error.to_string())?;
        let said = String::from_utf8_lossy(&stdout).into_owned();
        if status.success() {
            return Ok(said);
        }
        Err(format!("{status}\n{said}{}", String::from_utf8_lossy(&stderr)))
    }
}
