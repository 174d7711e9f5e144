//! The files of a new operator: a project that is real as it stands, with its names replaced
//!
//! `crd-gen/template` is the operator `my-operator` with the kind `Widget`, in the version `v1alpha1` of `example.com`. Its
//! `description.json` is what that operator prints for `describe`.

use healing_model::plural_of;
use serde_json::Value;

use super::Project;
use crate::{
    Description, File,
    emit::{self, Selection, Settings},
    yaml::YamlError,
};

/// Version of a new package
const VERSION: &str = "0.1.0";

/// A file of the template under the path that it gets
macro_rules! files {
    ($($path:literal $(from $stored:literal)?),* $(,)?) => {
        &[$(($path, files!(@text $path $(, $stored)?))),*]
    };
    (@text $path:literal) => { include_str!(concat!("../../template/", $path)) };
    (@text $path:literal, $stored:literal) => { include_str!(concat!("../../template/", $stored)) };
}

/// The template's files
const FILES: &[(&str, &str)] = files![
    // a folder with a manifest would be a package of its own, and not be released with this one
    "Cargo.toml" from "Cargo.toml.template",
    "README.md",
    "src/lib.rs",
    "src/main.rs",
    "examples/sandbox.rs",
    "tests/operator.rs",
    "Dockerfile",
    ".dockerignore",
    ".gitignore" from "gitignore",
    ".github/workflows/ci.yml",
];

const DESCRIPTION: &str = include_str!("../../template/description.json");

/// The files that a person goes on with
pub(super) fn files(project: &Project) -> Vec<File> {
    let names = names(project);
    let file =
        |(path, text): &(&str, &str)| File { path: (*path).to_owned(), content: replace(text, &names) };
    FILES.iter().map(file).collect()
}

/// What the operator will say about itself
pub(super) fn description(project: &Project) -> serde_json::Result<Description> {
    let mut description = serde_json::from_str(DESCRIPTION)?;
    rename(&mut description, &names(project));
    serde_json::from_value(description)
}

/// The generated files, as `crd-gen manifests --out config` writes them
pub(super) fn manifests(description: &Description) -> Result<Vec<File>, YamlError> {
    let settings = Settings::of(format!("{}:{VERSION}", description.operator));
    let mut files = emit::tree(description, Selection::Manifests, &settings)?;
    for file in &mut files {
        file.path.insert_str(0, "config/");
    }
    Ok(files)
}

/// What stands in the template, and what takes its place; of two that begin alike the longer one is first
fn names(project: &Project) -> Vec<(&'static str, String)> {
    let singular = project.kind.to_lowercase();
    vec![
        ("path = \"../../healing-sandbox\"", project.origin.dependency("healing-sandbox")),
        ("path = \"../..\"", project.origin.dependency("")),
        ("--path ../../crd-gen", project.origin.tool()),
        ("my-operator", project.name.clone()),
        ("my_operator", project.name.replace('-', "_")),
        ("example.com", project.group.clone()),
        ("example_v1alpha1_", format!("{}_{}_", first_label(&project.group), project.version)),
        ("v1alpha1", project.version.clone()),
        ("Widget", project.kind.clone()),
        ("widgets", plural_of(&singular)),
        ("widget", singular),
    ]
}

/// Replaces in every text of a value: a name that is none is in its place, and refused for what it is
fn rename(value: &mut Value, names: &[(&str, String)]) {
    match value {
        Value::String(text) => *text = replace(text, names),
        Value::Array(values) => values.iter_mut().for_each(|value| rename(value, names)),
        Value::Object(fields) => fields.values_mut().for_each(|value| rename(value, names)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn first_label(group: &str) -> &str {
    group.split('.').next().unwrap_or(group)
}

/// Replaces in one pass, so that a name which looks like another one's place stays
fn replace(text: &str, names: &[(&str, String)]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if let Some((place, name)) = names.iter().find(|(place, _)| rest.starts_with(place)) {
            out.push_str(name);
            rest = &rest[place.len()..];
        } else {
            out.push(first);
            rest = &rest[first.len_utf8()..];
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_a_place_is_not_replaced_again() {
        let names = [("ab", "cd".to_owned()), ("a", "ab".to_owned()), ("cd", "x".to_owned())];
        assert_eq!(replace("aba cdé", &names), "cdab xé");
    }
}
