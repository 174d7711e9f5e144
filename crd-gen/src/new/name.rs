//! Which names a new operator may have: what cargo, Rust and Kubernetes take, and what its own files do not use already
//!
//! What Kubernetes asks of group, version and kind is the model's, the same as for a derive.

use crate::Description;

/// A name that cannot be used, and what to do
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NameError(String);

/// Words that are no names in Rust 2024, as packages
const KEYWORDS: &[&str] = &[
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate", "do", "dyn",
    "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop",
    "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return", "self", "static",
    "struct", "super", "trait", "true", "try", "type", "typeof", "unsafe", "unsized", "use", "virtual",
    "where", "while", "yield",
];

/// Packages of the compiler, packages that the project itself uses, and folders that cargo makes beside the program
const PACKAGES: &[&str] = &[
    "alloc",
    "core",
    "proc-macro",
    "std",
    "test",
    "healing",
    "healing-sandbox",
    "k8s-openapi",
    "serde-json",
    "tokio",
    "build",
    "deps",
    "examples",
    "incremental",
];

/// Types that the project's own file uses
const TYPES: &[&str] = &[
    "HealingResource",
    "Operator",
    "Option",
    "PodTemplate",
    "PodTemplateSpec",
    "Result",
    "String",
    "Workload",
];

/// A name that is one for a package, for a program and for what is installed
pub(super) fn check_name(name: &str) -> Result<(), NameError> {
    let max = Description::OPERATOR_NAME_MAX;
    let is_label = name.starts_with(|first: char| first.is_ascii_lowercase())
        && !name.ends_with('-')
        && !name.contains("--")
        && name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'));
    if !is_label || name.len() > max {
        return refuse(format!(
            "name `{name}` must have 1 to {max} of a-z, 0-9 and single `-`, a letter first and no `-` last, such as \
             `my-operator`"
        ));
    }
    if KEYWORDS.contains(&name) {
        return refuse(format!(
            "name `{name}` is a word of Rust; take another one, such as `{name}-operator`"
        ));
    }
    if PACKAGES.contains(&name) {
        return refuse(format!(
            "name `{name}` is one that cargo or the project itself uses; take another one, such as `my-{name}`"
        ));
    }
    Ok(())
}

/// A kind that is a type of its own in the project
pub(super) fn check_kind(kind: &str) -> Result<(), NameError> {
    if TYPES.contains(&kind) {
        return refuse(format!(
            "kind `{kind}` is a type that the project itself uses; take another one, such as `My{kind}`"
        ));
    }
    Ok(())
}

/// What the derive would say about group, version and kind
pub(super) fn check_identity(description: &Description) -> Result<(), NameError> {
    let errors = description.resources.iter().flat_map(|one| one.blueprint.check());
    errors.map(|error| Err(NameError(error.message))).next().unwrap_or(Ok(()))
}

fn refuse(message: String) -> Result<(), NameError> {
    Err(NameError(message))
}
