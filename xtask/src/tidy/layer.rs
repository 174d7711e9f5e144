//! Which package may depend on which: the few arrows of ARCHITECTURE.md, and what must be nowhere
//!
//! It looks at what manifests ask for outside of tests, at the operator's resolved tree and at the lock file.

use super::{Finding, Graph, Tree};

/// Packages that may depend on these alone
const ONLY: &[(&str, &[&str])] = &[
    ("healing-model", &["serde", "serde_json"]),
    ("healing-engine", &["healing-model", "jiff", "schemars", "serde", "serde_json"]),
    ("structural-schema", &["kube-cel", "regex", "serde_json"]),
    (
        "healing-api-server",
        &[
            "fastrand",
            "http",
            "jiff",
            "json-patch",
            "serde",
            "serde-saphyr",
            "serde_json",
            "structural-schema",
        ],
    ),
];

/// Packages that must not reach these, not even through others of ours
const NEVER: &[(&str, &[&str])] = &[
    ("healing-derive", &["healing-engine", "healing-runtime"]),
    ("healing-runtime", &["healing-sandbox", "healing-derive"]),
    ("crd-gen", &["healing-engine", "healing-runtime"]),
    ("healing-sandbox", &["healing", "healing-model", "healing-engine", "healing-derive", "healing-runtime"]),
    ("xtask", &["healing", "healing-runtime"]),
];

/// What an operator's binary must not contain
const NOT_IN_OPERATOR: &[&str] = &[
    "healing-sandbox",
    "healing-api-server",
    "structural-schema",
    "kube-cel",
    "control-plane",
    "crd-tools",
    "explained",
    "bench",
    "xtask",
    "kube-derive",
];

/// What must not even be locked: C libraries that need a tool chain of their own (we use `ring`)
const NOT_LOCKED: &[&str] = &["aws-lc-rs", "aws-lc-sys", "openssl-sys"];

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    if !tree.graph.packages.is_empty() {
        findings.extend(arrows(&tree.graph));
        findings.extend(operator(&tree.graph));
        findings.extend(kubernetes_versions(&tree.graph));
    }
    let lock = tree.files.get("Cargo.lock").map_or("", |source| &source.text);
    let locked = NOT_LOCKED.iter().filter(|name| lock.contains(&format!("name = \"{name}\"\n")));
    findings
        .extend(locked.map(|name| Finding::file("Cargo.lock", format!("`{name}` must not be in the tree"))));
    findings
}

fn arrows(graph: &Graph) -> Vec<Finding> {
    let mut findings = Vec::new();
    let known = ONLY.iter().chain(NEVER).map(|(package, _)| *package);
    for package in known.filter(|package| !graph.packages.contains_key(*package)) {
        findings.push(manifest(
            package,
            "is named by the layers and does not exist; keep xtask/src/tidy/layer.rs true",
        ));
    }
    for (package, allowed) in ONLY {
        for name in graph.direct(package).into_iter().filter(|name| !allowed.contains(name)) {
            findings.push(manifest(
                package,
                &format!("may depend on {} only, not on `{name}`", allowed.join(", ")),
            ));
        }
    }
    for (package, forbidden) in NEVER {
        let reached = graph.reachable(package);
        for name in forbidden.iter().filter(|name| reached.contains(*name)) {
            findings.push(manifest(package, &format!("must not reach `{name}`")));
        }
    }
    findings
}

fn operator(graph: &Graph) -> Vec<Finding> {
    let inside = NOT_IN_OPERATOR.iter().filter(|name| graph.operator.contains(**name));
    inside.map(|name| manifest("healing", &format!("has `{name}` in its normal dependency tree"))).collect()
}

/// A library that chose the Kubernetes version would take the choice from its users
fn kubernetes_versions(graph: &Graph) -> Vec<Finding> {
    let is_version = |feature: &str| feature.starts_with("v1_") || ["latest", "earliest"].contains(&feature);
    let mut findings = Vec::new();
    for (name, package) in &graph.packages {
        let asked = package
            .dependencies
            .iter()
            .filter(|found| found.name == "k8s-openapi")
            .flat_map(|found| &found.features);
        let own = package
            .features
            .iter()
            .filter_map(|feature| feature.strip_prefix("k8s-openapi")?.split('/').nth(1));
        for feature in asked.map(String::as_str).chain(own).filter(|feature| is_version(feature)) {
            findings.push(manifest(
                name,
                &format!("must not name a Kubernetes version (k8s-openapi's `{feature}`)"),
            ));
        }
    }
    findings
}

fn manifest(package: &str, message: &str) -> Finding {
    Finding::file("Cargo.toml", format!("`{package}` {message}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::graph::{Dependency, Package};

    fn found(edges: &[(&str, &str)], change: impl FnOnce(&mut Graph)) -> Vec<String> {
        let mut graph = Graph::default();
        for (package, _) in ONLY.iter().chain(NEVER) {
            graph.packages.insert((*package).into(), Package::default());
        }
        for (from, to) in edges {
            let dependency = Dependency { name: (*to).into(), is_dev: false, features: Vec::new() };
            graph.packages.entry((*from).into()).or_default().dependencies.push(dependency);
        }
        change(&mut graph);
        check(&Tree { graph, ..Tree::default() }).into_iter().map(|finding| finding.message).collect()
    }

    #[test]
    fn the_allowed_arrows_pass() {
        let edges = [
            ("healing-engine", "healing-model"),
            ("healing-runtime", "healing-engine"),
            ("healing-model", "serde"),
        ];
        assert_eq!(found(&edges, |_| ()), Vec::<String>::new());
    }

    #[test]
    fn the_model_and_the_engine_stay_light() {
        assert_eq!(found(&[("healing-model", "jiff")], |_| ()).len(), 1);
        assert_eq!(found(&[("healing-engine", "tokio")], |_| ()).len(), 1);
    }

    #[test]
    fn arrows_are_followed_through_other_packages() {
        let edges = [("healing-derive", "crd-gen"), ("crd-gen", "healing-engine")];
        let expected =
            ["`healing-derive` must not reach `healing-engine`", "`crd-gen` must not reach `healing-engine`"];
        assert_eq!(found(&edges, |_| ()), expected);
    }

    #[test]
    fn tests_may_use_more() {
        let edges = [("healing-runtime", "healing-sandbox")];
        let dev = |graph: &mut Graph| {
            graph.packages.values_mut().flat_map(|p| &mut p.dependencies).for_each(|d| d.is_dev = true);
        };
        assert_eq!(found(&edges, dev), Vec::<String>::new());
        assert_eq!(found(&edges, |_| ()).len(), 1);
    }

    #[test]
    fn an_operator_contains_no_test_tool() {
        assert_eq!(found(&[], |graph| graph.operator.extend(["healing-sandbox".into()])).len(), 1);
    }

    #[test]
    fn no_manifest_names_a_kubernetes_version() {
        let asks = |feature: &'static str| {
            found(&[("healing-runtime", "k8s-openapi")], move |graph| {
                let runtime = graph.packages.get_mut("healing-runtime").expect("in the base");
                runtime.dependencies[0].features.push(feature.into());
            })
        };
        assert_eq!(asks("v1_37").len() + asks("latest").len(), 2);
        assert_eq!(asks("schemars"), Vec::<String>::new());
        let own = |graph: &mut Graph| {
            graph.packages.entry("crd-gen".into()).or_default().features.push("k8s-openapi/v1_37".into());
        };
        assert_eq!(found(&[], own).len(), 1);
    }

    #[test]
    fn a_renamed_package_is_noticed() {
        assert_eq!(found(&[], |graph| drop(graph.packages.remove("crd-gen"))).len(), 1);
    }

    #[test]
    fn some_libraries_are_not_even_locked() {
        let lock = "[[package]]\nname = \"aws-lc-rs\"\nversion = \"1.0.0\"\n";
        assert_eq!(check(&Tree::of([("Cargo.lock", lock)])).len(), 1);
    }
}
