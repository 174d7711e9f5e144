//! Reads manifests and definitions, and prints what is wrong with them
//!
//! It owns files and the order of things. What is wrong is the library's business.

use std::path::PathBuf;

use crd_gen::{
    emit,
    manifest::{self, Node},
    validate::{self, Checker, Finding, Severity},
};

use super::{
    JobError, Outcome,
    input::{self, Unfit},
    print_lines,
};
use crate::args::{Definitions, Validation};

/// A file that was read
struct Manifest {
    name: String,
    documents: Vec<Node>,
}

/// Prints a line for each thing that is wrong
///
/// # Errors
/// [`JobError`] for files that cannot be read and for definitions that no API server would serve; all of them are
/// named, nothing is checked then.
pub(super) fn run(job: &Validation) -> Result<Outcome, JobError> {
    let manifests = read(&job.files)?;
    let mut checker = checker(&job.definitions)?;
    let found = check(&mut checker, &manifests);
    let fails = |finding: &Finding| match finding.severity {
        Severity::Invalid => true,
        Severity::Unknown => !job.skip_unknown_kinds,
        Severity::Warning => false,
    };
    let lines: Vec<String> =
        found.iter().map(|(file, finding)| format!("{file}:{}", shown(finding, !fails(finding)))).collect();
    print_lines(&lines)?;
    Ok(if found.iter().any(|(_, finding)| fails(finding)) { Outcome::Found } else { Outcome::Done })
}

fn shown(finding: &Finding, is_skipped: bool) -> String {
    if is_skipped && finding.severity == Severity::Unknown {
        let message = format!("skipped: {}", finding.message);
        return Finding { message, ..finding.clone() }.to_string();
    }
    finding.to_string()
}

/// What is wrong, in the order of files and documents
fn check<'m>(checker: &mut Checker, manifests: &'m [Manifest]) -> Vec<(&'m str, Finding)> {
    let (mut files, mut objects) = (Vec::new(), Vec::new());
    for Manifest { name, documents } in manifests {
        for object in documents.iter().flat_map(validate::objects) {
            files.push(name.as_str());
            objects.push(object);
        }
    }
    let found = files.into_iter().zip(checker.check_all(&objects));
    found.flat_map(|(file, found)| found.into_iter().map(move |finding| (file, finding))).collect()
}

fn checker(definitions: &Definitions) -> Result<Checker, JobError> {
    let mut checker = Checker::default();
    let manifests = match definitions {
        Definitions::Files(files) => read(files)?,
        Definitions::Operator(source) => {
            let description = input::described(source)?;
            let crds =
                description.resources.iter().map(|one| emit::crd(&one.blueprint, &one.schema).to_string());
            let name = format!("definition of operator `{}`", description.operator);
            vec![parsed(name, &crds.collect::<Vec<_>>().join("\n---\n")).map_err(Unfit::of)?]
        }
    };
    let mut lines = Vec::new();
    for Manifest { name, documents } in &manifests {
        let objects = documents.iter().flat_map(validate::objects);
        let definitions: Vec<&Node> = objects.filter(|object| validate::is_definition(object)).collect();
        if definitions.is_empty() {
            lines.push(format!("{name}: has no CustomResourceDefinition of apiextensions.k8s.io/v1"));
        }
        let found = definitions.into_iter().flat_map(|definition| checker.check(definition));
        let invalid = found.filter(|finding| finding.severity != Severity::Warning);
        lines.extend(invalid.map(|finding| format!("{name}:{finding}")));
    }
    if lines.is_empty() { Ok(checker) } else { Err(Unfit { lines }.into()) }
}

/// Reads all files, or says of each that cannot be read why not
fn read(files: &[PathBuf]) -> Result<Vec<Manifest>, Unfit> {
    let (mut manifests, mut lines) = (Vec::new(), Vec::new());
    for file in files {
        let name = file.display().to_string();
        match input::text(file).and_then(|text| parsed(name, &text)) {
            Ok(manifest) => manifests.push(manifest),
            Err(line) => lines.push(line),
        }
    }
    if lines.is_empty() { Ok(manifests) } else { Err(Unfit { lines }) }
}

fn parsed(name: String, text: &str) -> Result<Manifest, String> {
    let documents = manifest::read(text).map_err(|error| format!("{name}:{error}"))?;
    Ok(Manifest { name, documents })
}
