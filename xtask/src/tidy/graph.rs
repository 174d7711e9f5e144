//! What cargo says of our packages: dependencies with their kind and features, and the operator's whole tree
//!
//! It owns the two calls of cargo and the reading of their answers. It does not judge; the rule `layer` does.

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    path::Path,
    process::{Command, Stdio},
};

use serde_json::Value;

/// Our packages, and what an operator is built from
#[derive(Clone, Debug, Default)]
pub struct Graph {
    /// Our packages by name
    pub packages: BTreeMap<String, Package>,
    /// Names of all packages in the normal dependency tree of `healing`
    pub operator: BTreeSet<String>,
}

/// One of our packages
#[derive(Clone, Debug, Default)]
pub struct Package {
    /// What its manifest asks for
    pub dependencies: Vec<Dependency>,
    /// What its own features switch on, such as `dep:clap` or `k8s-openapi/v1_37`
    pub features: Vec<String>,
}

/// One dependency of a package
#[derive(Clone, Debug)]
pub struct Dependency {
    /// Name of the package
    pub name: String,
    /// Whether only tests, examples and benchmarks need it
    pub is_dev: bool,
    /// Features that are asked for
    pub features: Vec<String>,
}

// === impl Graph ===

impl Graph {
    /// Asks cargo about the workspace at `root`
    ///
    /// # Errors
    /// When cargo cannot be started, fails, or answers with something else than is documented.
    pub fn read(root: &Path) -> io::Result<Self> {
        let metadata = cargo(root, &["metadata", "--no-deps", "--format-version=1", "--locked"])?;
        let metadata: Value = serde_json::from_str(&metadata)?;
        let tree =
            cargo(root, &["tree", "--package=healing", "--edges=normal", "--prefix=none", "--locked"])?;
        let operator = tree.lines().filter_map(|line| line.split(' ').next()).map(String::from).collect();
        Ok(Self { packages: packages(&metadata), operator })
    }

    /// Names that `package` depends on outside of tests
    pub fn direct(&self, package: &str) -> BTreeSet<&str> {
        let dependencies = self.packages.get(package).into_iter().flat_map(|found| &found.dependencies);
        dependencies.filter(|found| !found.is_dev).map(|found| found.name.as_str()).collect()
    }

    /// The same, followed through our own packages
    pub fn reachable<'a>(&'a self, package: &'a str) -> BTreeSet<&'a str> {
        let (mut seen, mut open) = (BTreeSet::new(), vec![package]);
        while let Some(next) = open.pop() {
            open.extend(self.direct(next).into_iter().filter(|name| seen.insert(*name)));
        }
        seen
    }
}

fn packages(metadata: &Value) -> BTreeMap<String, Package> {
    list(&metadata["packages"]).map(|package| (text(&package["name"]), read_package(package))).collect()
}

fn read_package(package: &Value) -> Package {
    let features = package["features"].as_object();
    Package {
        dependencies: list(&package["dependencies"])
            .map(|dependency| Dependency {
                name: text(&dependency["name"]),
                is_dev: dependency["kind"] == "dev",
                features: list(&dependency["features"]).map(text).collect(),
            })
            .collect(),
        features: features.into_iter().flat_map(|table| table.values()).flat_map(list).map(text).collect(),
    }
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().into()
}

fn cargo(root: &Path, arguments: &[&str]) -> io::Result<String> {
    let output = Command::new("cargo").args(arguments).current_dir(root).stdin(Stdio::null()).output()?;
    if output.status.success() {
        return String::from_utf8(output.stdout).map_err(io::Error::other);
    }
    let message = String::from_utf8_lossy(&output.stderr);
    Err(io::Error::other(format!("cargo {}: {}", arguments.join(" "), message.trim())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dependencies_are_followed_through_our_packages_and_not_through_tests() {
        let metadata = serde_json::json!({ "packages": [
            { "name": "a", "features": { "x": ["dep:b"] }, "dependencies": [
                { "name": "b", "kind": null, "features": ["y"] }, { "name": "t", "kind": "dev", "features": [] },
            ]},
            { "name": "b", "features": {}, "dependencies": [{ "name": "c", "kind": "build", "features": [] }] },
        ]});
        let graph = Graph { packages: packages(&metadata), operator: BTreeSet::new() };
        assert_eq!(graph.reachable("a"), BTreeSet::from(["b", "c"]));
        assert_eq!(graph.packages["a"].features, ["dep:b"]);
        assert_eq!(graph.packages["a"].dependencies[0].features, ["y"]);
    }
}
