//! Builds an operator through cargo and asks it to describe itself
//!
//! Finding, building and running are cargo's; what the compiler says goes to standard error as it is.

mod locate;

use std::{
    ffi::OsString,
    io,
    path::{Path, PathBuf},
    process::{Command, ExitStatus, Stdio},
};

use serde::Deserialize;

use crate::{Description, DescriptionError};

/// Where the operator's code is
#[derive(Clone, Debug)]
pub struct Source {
    /// The cargo to call
    pub cargo: OsString,
    /// A `Cargo.toml`; absent: found from the current directory upwards
    pub manifest_path: Option<PathBuf>,
    /// The package with the target; absent: any of the workspace
    pub package: Option<String>,
    /// The target that is the operator
    pub target: Target,
}

/// A cargo target
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// An example, by name
    Example(String),
    /// A binary, by name
    Bin(String),
    /// The only binary there is
    OnlyBin,
}

/// What an operator said about itself
#[derive(Clone, Debug)]
pub struct Described {
    /// Checked: manifests can be made from it
    pub description: Description,
    /// Version of the package that the operator was built from
    pub version: String,
}

/// Why there is no description
#[derive(Debug, thiserror::Error)]
pub enum DriveError {
    /// Cargo could not be started
    #[error("cannot run `{}`: {source}; is cargo installed?", cargo.to_string_lossy())]
    Cargo {
        /// What was called
        cargo: OsString,
        /// Why not
        source: io::Error,
    },
    /// What `--manifest-path` names is not there
    #[error("there is no file `{}`; name the operator's Cargo.toml", path.display())]
    NoManifest {
        /// What was named
        path: PathBuf,
    },
    /// Cargo could not say what the workspace has; its own words are on standard error
    #[error("cargo could not read the workspace ({status}); see its message above")]
    Workspace {
        /// How cargo ended
        status: ExitStatus,
    },
    /// Cargo or the compiler says something that is not understood
    #[error("cannot understand what `cargo {command}` printed: {source}")]
    CargoOutput {
        /// The cargo command
        command: &'static str,
        /// Where the decoder stopped
        source: serde_json::Error,
    },
    /// No such target
    #[error("no {wanted} in {place}; {hint}")]
    NoTarget {
        /// The target asked for
        wanted: String,
        /// Where it was looked for
        place: String,
        /// What there is instead
        hint: String,
    },
    /// More than one such target
    #[error("{wanted} exists more than once; name one of these: {candidates}")]
    AmbiguousTarget {
        /// The target asked for
        wanted: String,
        /// Flags that tell them apart
        candidates: String,
    },
    /// The operator does not compile; the compiler's words are on standard error
    #[error("{wanted} does not build; see the compiler's messages above")]
    Build {
        /// The target
        wanted: String,
    },
    /// The operator was built and did not describe itself
    #[error("{wanted} failed at `describe` ({status}); is its main an Operator's?")]
    Run {
        /// The target
        wanted: String,
        /// How it ended
        status: String,
    },
    /// What it printed is no description
    #[error(
        "cannot understand what {wanted} printed for `describe`: {source}; build it with the healing of this crd-gen"
    )]
    NotADescription {
        /// The target
        wanted: String,
        /// Where the decoder stopped
        source: serde_json::Error,
    },
    /// It is a description that no manifests can be made from
    #[error(transparent)]
    Description(#[from] DescriptionError),
}

/// Builds the operator and decodes what its `describe` command prints
///
/// # Errors
/// [`DriveError`]; none is worth a retry without a change.
pub fn describe(source: &Source) -> Result<Described, DriveError> {
    let found = locate::find(source)?;
    let executable = build(source, &found)?;
    let printed = run(&found, &executable)?;
    let description: Description = serde_json::from_slice(&printed)
        .map_err(|source| DriveError::NotADescription { wanted: found.to_string(), source })?;
    description.check()?;
    Ok(Described { description, version: found.version })
}

/// One line of `cargo build --message-format=json`; all but built targets is skipped
#[derive(Deserialize)]
struct BuildMessage {
    reason: String,
    target: Option<BuiltTarget>,
    executable: Option<PathBuf>,
}

#[derive(Deserialize)]
struct BuiltTarget {
    name: String,
    kind: Vec<String>,
}

fn build(source: &Source, found: &locate::Found) -> Result<PathBuf, DriveError> {
    let mut command = cargo(source, Some(&found.manifest_path));
    command.args(["build", "--quiet", "--message-format=json-render-diagnostics"]);
    command.args(["--package", &found.package]).arg(format!("--{}", found.kind)).arg(&found.name);
    let (status, printed) = output(source, command)?;
    if !status.success() {
        return Err(DriveError::Build { wanted: found.to_string() });
    }
    for message in serde_json::Deserializer::from_slice(&printed).into_iter::<BuildMessage>() {
        let message = message.map_err(|source| DriveError::CargoOutput { command: "build", source })?;
        let ours = |target: &BuiltTarget| target.name == found.name && target.kind.contains(&found.kind);
        if message.reason == "compiler-artifact"
            && message.target.as_ref().is_some_and(ours)
            && let Some(executable) = message.executable
        {
            return Ok(executable);
        }
    }
    Err(DriveError::Build { wanted: found.to_string() })
}

fn run(found: &locate::Found, executable: &Path) -> Result<Vec<u8>, DriveError> {
    let failed = |status: String| DriveError::Run { wanted: found.to_string(), status };
    let output = Command::new(executable)
        .arg("describe")
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| failed(error.to_string()))?;
    if output.status.success() { Ok(output.stdout) } else { Err(failed(output.status.to_string())) }
}

/// What an outer `cargo run` or `cargo test` says about the package it runs
///
/// Build scripts watch these (ring's does); passed on, they would make cargo rebuild half the operator each time.
const OUTER_PACKAGE: &[&str] = &[
    "CARGO_MANIFEST_DIR",
    "CARGO_MANIFEST_LINKS",
    "CARGO_MANIFEST_PATH",
    "CARGO_PKG_AUTHORS",
    "CARGO_PKG_DESCRIPTION",
    "CARGO_PKG_HOMEPAGE",
    "CARGO_PKG_LICENSE",
    "CARGO_PKG_LICENSE_FILE",
    "CARGO_PKG_NAME",
    "CARGO_PKG_README",
    "CARGO_PKG_REPOSITORY",
    "CARGO_PKG_RUST_VERSION",
    "CARGO_PKG_VERSION",
    "CARGO_PKG_VERSION_MAJOR",
    "CARGO_PKG_VERSION_MINOR",
    "CARGO_PKG_VERSION_PATCH",
    "CARGO_PKG_VERSION_PRE",
];

/// A cargo command in the manifest's folder, because cargo looks for its configuration from there
fn cargo(source: &Source, manifest_path: Option<&Path>) -> Command {
    let mut command = Command::new(&source.cargo);
    for name in OUTER_PACKAGE {
        command.env_remove(name);
    }
    if let Some(folder) = manifest_path.and_then(Path::parent).filter(|folder| !folder.as_os_str().is_empty())
    {
        command.current_dir(folder);
    }
    command
}

fn output(source: &Source, mut command: Command) -> Result<(ExitStatus, Vec<u8>), DriveError> {
    let output = command
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| DriveError::Cargo { cargo: source.cargo.clone(), source: error })?;
    Ok((output.status, output.stdout))
}
