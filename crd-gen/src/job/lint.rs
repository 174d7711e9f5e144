//! Looks at definitions, and prints what is wrong with them

use crd_gen::{
    Description,
    definition::{self, Definition},
    emit,
    lint::{self, Finding, Severity, Subject},
};

use super::{
    JobError, Outcome,
    input::{self, Unfit},
    print, print_lines,
};
use crate::args::{Definitions, Format, Linting};

/// Prints what is found; a summary follows where there is something
///
/// # Errors
/// [`JobError`] for what definitions cannot be taken from; of several files all are named.
pub(super) fn run(job: &Linting) -> Result<Outcome, JobError> {
    let found = match &job.definitions {
        Definitions::Files(files) => {
            let (mut all, mut lines) = (Vec::new(), Vec::new());
            for file in files {
                match input::definitions(file) {
                    Ok(found) => all.extend(found.into_iter().map(|one| (file.display().to_string(), one))),
                    Err(unfit) => lines.extend(unfit.lines),
                }
            }
            if !lines.is_empty() {
                return Err(Unfit { lines }.into());
            }
            in_files(&all)
        }
        Definitions::Operator(source) => {
            let description = input::described(source)?;
            // a definition that is made on the fly has no places of its own
            of_operator(&description)?.into_iter().map(|finding| (None, finding)).collect()
        }
    };
    match job.format {
        Format::Text => print_lines(&lines(&found))?,
        Format::Json => {
            let findings: Vec<&Finding> = found.iter().map(|(_, finding)| finding).collect();
            print(&super::json(&findings)?)?;
        }
    }
    let fails = |finding: &Finding| job.deny_warnings || finding.severity == Severity::Error;
    Ok(if found.iter().any(|(_, finding)| fails(finding)) { Outcome::Found } else { Outcome::Done })
}

/// Refuses to write definitions that an API server would not take
///
/// # Errors
/// [`JobError::Refused`] with all reasons, each with its place in the Rust source and what to do.
pub(super) fn refuse(description: &Description) -> Result<(), JobError> {
    let findings = of_operator(description)?;
    let refusals: Vec<String> =
        findings.iter().filter(|one| one.severity == Severity::Error).map(ToString::to_string).collect();
    if refusals.is_empty() { Ok(()) } else { Err(JobError::Refused { reasons: refusals.join("\n") }) }
}

/// What is found in the definitions of an operator
fn of_operator(description: &Description) -> Result<Vec<Finding>, Unfit> {
    let mut definitions = Vec::new();
    for one in &description.resources {
        let text = emit::crd(&one.blueprint, &one.schema).to_string();
        let of = |error| Unfit::of(format!("definition of operator `{}`:{error}", description.operator));
        definitions.extend(definition::read(&text).map_err(of)?);
    }
    let blueprints = description.resources.iter().map(|one| &one.blueprint);
    let subjects: Vec<Subject<'_>> = definitions
        .iter()
        .zip(blueprints)
        .map(|(definition, blueprint)| Subject { definition, blueprint: Some(blueprint) })
        .collect();
    Ok(lint::lint(&subjects))
}

fn in_files(all: &[(String, Definition)]) -> Vec<(Option<String>, Finding)> {
    let subjects: Vec<Subject<'_>> =
        all.iter().map(|(_, definition)| Subject { definition, blueprint: None }).collect();
    let file = |finding: &Finding| all.get(finding.subject).map(|(file, _)| file.clone());
    lint::lint(&subjects).into_iter().map(|finding| (file(&finding), finding)).collect()
}

fn lines(found: &[(Option<String>, Finding)]) -> Vec<String> {
    let mut lines: Vec<String> = found
        .iter()
        .map(|(file, finding)| match file {
            Some(file) => format!("{file}:{}: {finding}", finding.at),
            None => finding.to_string(),
        })
        .collect();
    let count = |severity| found.iter().filter(|(_, finding)| finding.severity == severity).count();
    let counts = [(count(Severity::Error), "error"), (count(Severity::Warning), "warning")];
    let counts = counts.into_iter().filter(|(count, _)| *count > 0);
    let counts: Vec<String> =
        counts.map(|(count, word)| format!("{count} {word}{}", if count == 1 { "" } else { "s" })).collect();
    if !counts.is_empty() {
        lines.push(counts.join(", "));
    }
    lines
}
