//! The manifests and the chart committed beside each example are those that crd-gen writes
//!
//! To update them: `cargo run -p crd-gen -- manifests --example NAME --out examples/NAME/config`, and `helm` in the same way
//! with `--out examples/NAME/chart`.

use std::path::{Path, PathBuf};

use crd_gen::{
    drive::{self, Source, Target},
    emit::{self, Selection, Settings},
    manifest,
    validate::{Checker, Severity},
};
use healing::HealingResource;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Examples with a committed `config/` tree
const EXAMPLES: &[&str] = &["healingservice"];

#[test]
fn committed_manifests_are_up_to_date() {
    for example in EXAMPLES {
        let described = drive::describe(&source(example)).unwrap_or_else(|error| panic!("{error}"));
        let image = format!("{}:{}", described.description.operator, described.version);
        let settings = Settings::of(image);
        let tree = emit::tree(&described.description, Selection::Manifests, &settings).unwrap();
        let chart = emit::chart(&described.description, &settings, &described.version).unwrap();
        for (command, name, files) in [("manifests", "config", tree), ("helm", "chart", chart)] {
            let folder = folder(example, name);
            let stale: Vec<&str> = files
                .iter()
                .filter(|file| file.difference(&folder).unwrap().is_some())
                .map(|file| file.path.as_str())
                .collect();
            assert!(
                stale.is_empty(),
                "stale in {}: {stale:?}; run `cargo run -p crd-gen -- {command} --example {example} --out \
                 examples/{example}/{name}` to update",
                folder.display()
            );
        }
    }
}

#[test]
fn every_example_has_a_tree_that_is_checked() {
    let folders = std::fs::read_dir(Path::new(ROOT).join("examples")).unwrap();
    let mut names: Vec<String> = folders
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    assert_eq!(names, EXAMPLES);
}

/// Why an API server would refuse the samples of a resource that the tests declare
pub(crate) fn refusals_of_samples<R: HealingResource>() -> Vec<String> {
    let (blueprint, schema) = (R::blueprint(), R::schema());
    let full = emit::full_sample(blueprint, &schema).expect("YAML");
    let texts =
        [emit::crd(blueprint, &schema).to_string(), emit::sample(blueprint, &schema).to_string(), full];
    let mut checker = Checker::default();
    let documents = texts.iter().flat_map(|text| manifest::read(text).expect("YAML"));
    let found = documents.flat_map(|document| checker.check(&document));
    // a version may be deprecated
    found.filter(|one| one.severity != Severity::Warning).map(|one| one.to_string()).collect()
}

fn source(example: &str) -> Source {
    Source {
        cargo: env!("CARGO").into(),
        manifest_path: Some(Path::new(ROOT).join("Cargo.toml")),
        package: Some(env!("CARGO_PKG_NAME").to_owned()),
        target: Target::Example(example.to_owned()),
    }
}

fn folder(example: &str, name: &str) -> PathBuf {
    Path::new(ROOT).join("examples").join(example).join(name)
}
