//! The programs: cached ones, or built ones

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rustix::fs::{FlockOperation, flock};

use crate::environment;

const GO_MOD: &str = include_str!("../go.mod");
const GO_SUM: &str = include_str!("../go.sum");
/// What is built, and how: a change here is a change of the cache's key
const FLAGS: &str = "-mod=readonly -trimpath -ldflags=-s -w";
const PACKAGES: [&str; 2] =
    ["sigs.k8s.io/crdify", "github.com/openshift/crd-schema-checker/cmd/crd-schema-checker"];
const NAMES: [&str; 2] = ["crdify", "crd-schema-checker"];

/// Both programs
#[derive(Clone, Debug)]
pub struct Tools {
    folder: PathBuf,
}

/// Why there are no programs
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// Not retried: they are not there, and cannot be built
    #[error("crdify and crd-schema-checker are built with Go, and `go` is not to be found")]
    GoMissing,
    /// Not retried: Go says why
    #[error("crdify and crd-schema-checker cannot be built:\n{0}")]
    Build(String),
    /// Not retried: nowhere to keep them
    #[error("no folder for what is built: set HEALING_CACHE")]
    NoCacheFolder,
    /// Not retried: the file system says why
    #[error("cannot use `{path}`: {source}")]
    Io {
        /// Which file or folder
        path: PathBuf,
        /// Why
        source: io::Error,
    },
}

// === impl Tools ===

impl Tools {
    /// Finds the programs, or builds them once for all later runs on this machine
    ///
    /// They are in the cache folder (`HEALING_CACHE`, else `healing` in the user's), under a hash of what they are built
    /// from. A run that finds another one building waits for it.
    ///
    /// # Errors
    /// [`BuildError`]; nothing half-built is left under the final name.
    pub fn find_or_build() -> Result<Self, BuildError> {
        let cache = environment::cache().ok_or(BuildError::NoCacheFolder)?.join("crd-tools");
        let folder = cache.join(key());
        let tools = Self { folder: folder.clone() };
        if tools.is_complete() {
            return Ok(tools);
        }
        fs::create_dir_all(&cache).map_err(io_error(&cache))?;
        let lock = cache.join("lock");
        let file = File::create(&lock).map_err(io_error(&lock))?;
        flock(&file, FlockOperation::LockExclusive).map_err(|error| io_error(&lock)(error.into()))?;
        if tools.is_complete() {
            return Ok(tools);
        }
        let unfinished = tempfile::tempdir_in(&cache).map_err(io_error(&cache))?;
        build(unfinished.path())?;
        if folder.exists() {
            fs::remove_dir_all(&folder).map_err(io_error(&folder))?;
        }
        fs::rename(unfinished.path(), &folder).map_err(io_error(&folder))?;
        Ok(tools)
    }

    /// The path of a program
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.join("bin").join(name)
    }

    fn is_complete(&self) -> bool {
        NAMES.iter().all(|name| self.path(name).is_file())
    }
}

fn io_error(path: &Path) -> impl FnOnce(io::Error) -> BuildError {
    let path = path.to_owned();
    move |source| BuildError::Io { path, source }
}

fn key() -> String {
    let inputs = [GO_MOD, GO_SUM, FLAGS, std::env::consts::OS, std::env::consts::ARCH];
    // FNV-1a: stable over compilers, and nobody attacks this folder through its name
    let bytes = inputs.iter().flat_map(|input| input.bytes().chain([0]));
    let hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("{hash:016x}")
}

fn build(folder: &Path) -> Result<(), BuildError> {
    let go = Command::new("go").arg("version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    if go.is_err() {
        return Err(BuildError::GoMissing);
    }
    say("building crdify and crd-schema-checker: once, some minutes on two cores");
    for (name, content) in [("go.mod", GO_MOD), ("go.sum", GO_SUM)] {
        let path = folder.join(name);
        fs::write(&path, content).map_err(io_error(&path))?;
    }
    let output = Command::new("go")
        .current_dir(folder)
        .args(["build", "-mod=readonly", "-trimpath", "-ldflags=-s -w", "-o", "bin/"])
        .args(PACKAGES)
        // whatever the user has set for own work must not change what is built
        .envs([("CGO_ENABLED", "0"), ("GOTOOLCHAIN", "local"), ("GOWORK", "off"), ("GOFLAGS", "")])
        .output()
        .map_err(io_error(folder))?;
    if output.status.success() {
        Ok(())
    } else {
        Err(BuildError::Build(String::from_utf8_lossy(&output.stderr).into_owned()))
    }
}

#[expect(clippy::print_stderr, reason = "a build of minutes must not be silent, and tests have no logger")]
fn say(line: &str) {
    eprintln!("crd-tools: {line}");
}
