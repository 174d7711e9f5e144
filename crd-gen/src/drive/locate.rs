//! Finds the one cargo target that is meant, or says what there is instead

use std::{fmt, path::PathBuf};

use serde::Deserialize;

use super::{DriveError, Source, Target};

/// The target that is meant
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    /// Name of its package
    pub(super) package: String,
    /// Version of its package
    pub(super) version: String,
    /// `Cargo.toml` of its package
    pub(super) manifest_path: PathBuf,
    /// `bin` or `example`, which are also the names of cargo's flags
    pub(super) kind: String,
    /// Name of the target
    pub(super) name: String,
}

/// What `cargo metadata` says, as far as it matters here
#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    version: String,
    manifest_path: PathBuf,
    targets: Vec<PackageTarget>,
}

#[derive(Deserialize)]
struct PackageTarget {
    name: String,
    kind: Vec<String>,
}

pub(super) fn find(source: &Source) -> Result<Found, DriveError> {
    choose(source, &metadata(source)?)
}

fn metadata(source: &Source) -> Result<Metadata, DriveError> {
    if let Some(path) = source.manifest_path.as_ref().filter(|path| !path.is_file()) {
        return Err(DriveError::NoManifest { path: path.clone() });
    }
    let mut command = super::cargo(source, source.manifest_path.as_deref());
    command.args(["metadata", "--quiet", "--no-deps", "--format-version", "1"]);
    if let Some(name) = source.manifest_path.as_ref().and_then(|path| path.file_name()) {
        command.arg("--manifest-path").arg(name);
    }
    let (status, printed) = super::output(source, command)?;
    if !status.success() {
        return Err(DriveError::Workspace { status });
    }
    serde_json::from_slice(&printed).map_err(|source| DriveError::CargoOutput { command: "metadata", source })
}

fn choose(source: &Source, metadata: &Metadata) -> Result<Found, DriveError> {
    let kind = if matches!(source.target, Target::Example(_)) { "example" } else { "bin" };
    let of_kind: Vec<Found> = metadata
        .packages
        .iter()
        .filter(|package| source.package.as_ref().is_none_or(|name| *name == package.name))
        .flat_map(|package| package.found(kind))
        .collect();
    let mut fitting = of_kind.iter().filter(|found| source.target.fits(&found.name));
    match (fitting.next(), fitting.next()) {
        (Some(found), None) => Ok(found.clone()),
        (None, _) => Err(no_target(source, &of_kind)),
        (Some(_), Some(_)) => Err(DriveError::AmbiguousTarget {
            wanted: source.target.to_string(),
            candidates: list(
                of_kind
                    .iter()
                    .filter(|found| source.target.fits(&found.name))
                    .map(|found| format!("--package {} --{} {}", found.package, found.kind, found.name)),
            ),
        }),
    }
}

fn no_target(source: &Source, of_kind: &[Found]) -> DriveError {
    let hint = if of_kind.is_empty() {
        "there are none of this kind; name the operator with --example or --bin".to_owned()
    } else {
        format!("there are: {}", list(of_kind.iter().map(|found| format!("`{}`", found.name))))
    };
    let place = source.package.as_ref().map_or("this workspace".into(), |name| format!("package `{name}`"));
    DriveError::NoTarget { wanted: source.target.to_string(), place, hint }
}

fn list(parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<_>>().join(", ")
}

// === impl Package ===

impl Package {
    /// The targets of one kind
    fn found<'p>(&'p self, kind: &'p str) -> impl Iterator<Item = Found> + 'p {
        let of_kind = self.targets.iter().filter(move |target| target.kind.iter().any(|one| one == kind));
        of_kind.map(move |target| Found {
            package: self.name.clone(),
            version: self.version.clone(),
            manifest_path: self.manifest_path.clone(),
            kind: kind.to_owned(),
            name: target.name.clone(),
        })
    }
}

// === impl Target ===

impl Target {
    fn fits(&self, name: &str) -> bool {
        match self {
            Self::Example(wanted) | Self::Bin(wanted) => wanted == name,
            Self::OnlyBin => true,
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Example(name) => write!(f, "example `{name}`"),
            Self::Bin(name) => write!(f, "binary `{name}`"),
            Self::OnlyBin => write!(f, "binary"),
        }
    }
}

// === impl Found ===

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if self.kind == "bin" { "binary" } else { "example" };
        write!(f, "{kind} `{}` of package `{}`", self.name, self.package)
    }
}

#[cfg(test)]
mod tests;
