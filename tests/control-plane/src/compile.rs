//! Builds the four programs, and others for tests, with Go, from the committed `go.mod` and `go.sum` alone
//!
//! It says what it does while it does it: the first build takes minutes. Caching is the caller's (`binaries`).

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::supervisor::{Program, Supervisor};
use crate::{StartError, Version};

/// How often a running build says how far it is
const REPORT_INTERVAL: Duration = Duration::from_secs(15);

/// What is built, and how: a change here is a change of the cache's key
pub(crate) const FLAGS: &str = "-mod=readonly -trimpath -s -w CGO_ENABLED=0 stamped";

/// A build into `folder`, which holds the module files
pub(crate) struct Compiler<'a> {
    pub(crate) supervisor: &'a Supervisor,
    pub(crate) folder: &'a Path,
}

impl Compiler<'_> {
    /// Builds all four into `bin`
    pub(crate) async fn build_all(&self) -> Result<(), StartError> {
        need_go()?;
        let version = Version::pinned();
        say(&format!(
            "building the control plane of Kubernetes {}: once, several minutes on two cores",
            version.git
        ));
        let kubernetes = ["kube-apiserver", "kube-controller-manager", "kubectl"];
        let packages = kubernetes.map(|name| format!("k8s.io/kubernetes/cmd/{name}"));
        self.build(
            "kube-apiserver, kube-controller-manager and kubectl",
            "bin/",
            &stamp(&version),
            &packages,
        )
        .await?;
        let etcd = ["go.etcd.io/etcd/server/v3".to_owned()];
        self.build("etcd", "bin/etcd", "-s -w", &etcd).await
    }

    /// Builds other programs into `bin`, each under the last part of its package's path
    pub(crate) async fn build_packages(&self, what: &str, packages: &[&str]) -> Result<(), StartError> {
        need_go()?;
        say(&format!("building {what}: once, some minutes on two cores"));
        let packages: Vec<String> = packages.iter().map(|&package| package.to_owned()).collect();
        self.build(what, "bin/", "-s -w", &packages).await
    }

    async fn build(
        &self,
        what: &str,
        out: &str,
        linked: &str,
        packages: &[String],
    ) -> Result<(), StartError> {
        let out = self.folder.join(out);
        let mut go = Program::new("go build", "go", self.folder.join("build.log"))
            .args(["build", "-mod=readonly", "-trimpath", "-v", "-ldflags", linked, "-o"])
            .args([out.to_string_lossy().into_owned()])
            .args(packages.iter().cloned())
            // whatever the user has set for own work must not change what is built
            .variable("CGO_ENABLED", "0")
            .variable("GOTOOLCHAIN", "local")
            .variable("GOWORK", "off")
            .variable("GOFLAGS", "");
        go.inherit = true;
        go.folder = Some(self.folder.to_owned());
        let build = self.supervisor.spawn(go)?;
        let mut report = tokio::time::interval(REPORT_INTERVAL);
        let mut seconds = 0;
        report.tick().await;
        let exit = loop {
            tokio::select! {
                exit = build.wait() => break exit?,
                _ = report.tick() => {
                    seconds += REPORT_INTERVAL.as_secs();
                    let packages = std::fs::read_to_string(build.log()).unwrap_or_default().lines().count();
                    say(&format!("building {what}: {seconds} s, {packages} packages so far"));
                }
            }
        };
        match exit.code {
            Some(0) => Ok(()),
            _ => Err(StartError::Build { what: what.to_owned(), exit, log: build.log_tail(20) }),
        }
    }
}

/// Looked up without the supervisor, which tells a missing program from a failing one only in words
fn need_go() -> Result<(), StartError> {
    let go = Command::new("go").arg("version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    go.map(drop).map_err(|_missing| StartError::GoMissing)
}

/// Linker flags that give the programs their version: without them they report one that parsers refuse
fn stamp(version: &Version) -> String {
    let Version { git, major, minor } = version;
    let stamps = [
        ("component-base", "gitVersion", git.as_str()),
        ("component-base", "gitMajor", major),
        ("component-base", "gitMinor", minor),
        ("component-base", "gitTreeState", "clean"),
        ("component-base", "gitCommit", "0000000000000000000000000000000000000000"),
        ("component-base", "buildDate", "1970-01-01T00:00:00Z"),
        ("client-go/pkg", "gitVersion", git),
        ("client-go/pkg", "gitMajor", major),
        ("client-go/pkg", "gitMinor", minor),
    ]
    .map(|(package, name, value)| format!("-X k8s.io/{package}/version.{name}={value}"));
    format!("-s -w {}", stamps.join(" "))
}

/// Tells the person who waits
#[expect(clippy::print_stderr, reason = "a build of minutes must not be silent, and tests have no logger")]
pub(crate) fn say(line: &str) {
    eprintln!("control plane: {line}");
}
