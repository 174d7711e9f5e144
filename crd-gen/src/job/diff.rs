//! Compares definitions, and prints what follows from each change

use std::path::Path;

use crd_gen::{
    definition::Definition,
    diff::{self, Change, Class},
};

use super::{
    JobError, Outcome,
    input::{self, Unfit},
    print, print_lines,
};
use crate::args::{Compared, Comparison, Format};

/// Prints a line for each change, the worst first
///
/// # Errors
/// [`JobError`] for what definitions cannot be taken from.
pub(super) fn run(job: &Comparison) -> Result<Outcome, JobError> {
    let (old, new) = sides(&job.compared)?;
    let mut changes = diff::changes(&old, &new);
    changes.sort_by_key(|change| std::cmp::Reverse(change.class));
    match job.format {
        Format::Text => print_lines(&lines(&changes))?,
        Format::Json => print(&super::json(&changes)?)?,
    }
    let fails = changes.iter().any(|change| change.class >= job.fail_on);
    Ok(if fails { Outcome::Found } else { Outcome::Done })
}

fn sides(compared: &Compared) -> Result<(Vec<Definition>, Vec<Definition>), JobError> {
    match compared {
        Compared::Files(old, new) => {
            if [old, new].iter().all(|file| file.as_path() == Path::new("-")) {
                return Err(Unfit::of("only one of the two can be standard input".to_owned()).into());
            }
            Ok((input::definitions(old)?, input::definitions(new)?))
        }
        // what cannot be read is told before anything is built
        Compared::Operator(old, source) => Ok((input::definitions(old)?, input::definitions_of(source)?)),
    }
}

fn lines(changes: &[Change]) -> Vec<String> {
    let definitions = |change: &Change| change.definition.clone();
    let mut names: Vec<String> = changes.iter().map(definitions).collect();
    names.sort();
    names.dedup();
    // the name is said where there is more than one
    let shown = |change: &Change| match names.as_slice() {
        [_] => change.to_string(),
        _ => format!("{}: {change}", change.definition),
    };
    let mut lines: Vec<String> = changes.iter().map(shown).collect();
    let counts = Class::ALL.map(|class| (class, changes.iter().filter(|one| one.class == class).count()));
    let counts = counts.iter().filter(|(_, count)| *count > 0);
    let counts: Vec<String> = counts.map(|(class, count)| format!("{count} {class}")).collect();
    if !counts.is_empty() {
        lines.push(counts.join(", "));
    }
    lines
}
