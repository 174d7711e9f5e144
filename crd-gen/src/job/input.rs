//! What files and standard input hold, and what is said of those that cannot be used

use std::{
    fmt, fs,
    io::{self, Read as _},
    path::Path,
};

use crd_gen::{
    Description,
    definition::{self, Definition},
    drive::{self, DriveError, Source},
    emit,
};

use super::JobError;

/// What cannot be used: a line for each reason
#[derive(Debug)]
pub(crate) struct Unfit {
    pub(super) lines: Vec<String>,
}

/// The text of a file; `-` is standard input
///
/// # Errors
/// One line that says why there is none.
pub(super) fn text(file: &Path) -> Result<String, String> {
    let bytes = if file == Path::new("-") {
        let mut bytes = Vec::new();
        io::stdin().lock().read_to_end(&mut bytes).map(|_| bytes)
    } else {
        fs::read(file)
    };
    bytes
        .and_then(|bytes| String::from_utf8(bytes).map_err(io::Error::other))
        .map_err(|error| format!("cannot read `{}`: {error}", file.display()))
}

/// The definitions in a file
pub(super) fn definitions(file: &Path) -> Result<Vec<Definition>, Unfit> {
    let text = text(file).map_err(Unfit::of)?;
    definition::read(&text).map_err(|error| Unfit::of(format!("{}:{error}", file.display())))
}

/// What an operator says of itself, for a command that takes definitions from files as well
pub(super) fn described(source: &Source) -> Result<Description, JobError> {
    match drive::describe(source) {
        Ok(described) => Ok(described.description),
        Err(error @ DriveError::Workspace { .. }) => Err(JobError::NoOperator(error)),
        Err(error) => Err(error.into()),
    }
}

/// The definitions that are made for an operator
pub(super) fn definitions_of(source: &Source) -> Result<Vec<Definition>, JobError> {
    let description = described(source)?;
    let crds = description.resources.iter().map(|one| emit::crd(&one.blueprint, &one.schema).to_string());
    let text = crds.collect::<Vec<_>>().join("\n---\n");
    let of = |error| Unfit::of(format!("definition of operator `{}`:{error}", description.operator));
    Ok(definition::read(&text).map_err(of)?)
}

// === impl Unfit ===

impl Unfit {
    pub(super) fn of(line: String) -> Self {
        Self { lines: vec![line] }
    }
}

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.lines.join("\n"))
    }
}

impl std::error::Error for Unfit {}
