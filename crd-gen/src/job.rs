//! Carries out what the command line asks for
//!
//! It owns files and streams. What is made or found is the library's business.

mod diff;
mod input;
mod lint;
mod sample;
mod new;
mod validate;

use std::{
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use crd_gen::{
    Difference, File,
    drive::{self, Described, DriveError},
    emit::{self, Selection, Settings, SettingsError},
    new::{NewError, OriginError},
    seal,
    write::{self, WriteError},
    yaml::{self, YamlError},
};

use serde::Serialize;

use crate::args::{Emit, Job, Output};

/// How a job ended that could be done
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// All is as asked
    Done,
    /// A check found something
    Found,
}

/// Why a job could not be done
#[derive(Debug, thiserror::Error)]
pub(crate) enum JobError {
    #[error(transparent)]
    Drive(#[from] DriveError),
    #[error("{0}; where there is no operator, name its definitions with --crd FILE")]
    NoOperator(DriveError),
    #[error(transparent)]
    Settings(#[from] SettingsError),
    #[error(transparent)]
    Yaml(#[from] YamlError),
    #[error(transparent)]
    Write(#[from] WriteError),
    #[error("a chart is a folder of files: say which with --out DIR")]
    ChartWithoutFolder,
    #[error("cannot read `{}`: {source}", path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error(transparent)]
    New(#[from] NewError),
    #[error(transparent)]
    Origin(#[from] OriginError),
    #[error(transparent)]
    Unfit(#[from] input::Unfit),
    #[error("an API server would refuse the definition:\n{reasons}")]
    Refused { reasons: String },
    #[error("cannot write the report as JSON: {0}")]
    Json(#[from] serde_json::Error),
    #[error("cannot write to standard output: {0}")]
    Stdout(io::Error),
}

/// Does what is asked for
///
/// # Errors
/// [`JobError`]; nothing has been printed by then, and no file is half written.
pub(crate) fn run(job: &Job) -> Result<Outcome, JobError> {
    match job {
        Job::Print(text) => print(text).map(|()| Outcome::Done),
        Job::Emit(emit) => make(emit),
        Job::Validate(validation) => validate::run(validation),
        Job::Lint(linting) => lint::run(linting),
        Job::Diff(comparison) => diff::run(comparison),
        Job::New(creation) => new::run(creation),
    }
}

/// Builds and asks the operator, then prints, writes or compares
fn make(job: &Emit) -> Result<Outcome, JobError> {
    if job.is_chart && matches!(job.output, Output::Stream) {
        return Err(JobError::ChartWithoutFolder);
    }
    let Described { description, version } = drive::describe(&job.source)?;
    let image = job.image.clone().unwrap_or_else(|| format!("{}:{version}", description.operator));
    let settings = Settings {
        image,
        namespaces: job.namespaces.clone(),
        webhook: job.webhook,
        monitoring: job.monitoring,
    };
    settings.check(&description)?;
    if job.selection != Selection::Rbac {
        lint::refuse(&description)?;
    }
    let folder = match &job.output {
        Output::Stream => {
            print(&yaml::stream(&emit::install(&description, job.selection, &settings))?)?;
            return Ok(Outcome::Done);
        }
        Output::Write(folder) | Output::Check(folder) => folder,
    };
    let files = if job.is_chart {
        emit::chart(&description, &settings, &version)?
    } else {
        emit::tree(&description, job.selection, &settings)?
    };
    let files = without_kept(folder, files)?;
    if matches!(job.output, Output::Check(_)) {
        check(folder, &files, &job.update)
    } else {
        for line in sample::remarks(folder, &description, &files) {
            remark(&line);
        }
        save(folder, &files)
    }
}

/// All but the files that are generated once and that a person has changed since, each of which is told of
fn without_kept(folder: &Path, files: Vec<File>) -> Result<Vec<File>, JobError> {
    let mut rest = Vec::new();
    for file in files {
        let path = folder.join(&file.path);
        let is_kept = seal::is_sealed(&file.content)
            && match fs::read(&path) {
                Ok(content) => !String::from_utf8(content).is_ok_and(|content| seal::is_sealed(&content)),
                Err(error) if error.kind() == io::ErrorKind::NotFound => false,
                Err(source) => return Err(JobError::Read { path, source }),
            };
        if is_kept {
            remark(&format!("kept `{}`: it has changes of yours", path.display()));
        } else {
            rest.push(file);
        }
    }
    Ok(rest)
}

fn save(folder: &Path, files: &[File]) -> Result<Outcome, JobError> {
    let written = write::write(folder, files)?;
    let lines: Vec<String> =
        written.iter().map(|path| format!("wrote {}", folder.join(path).display())).collect();
    print_lines(&lines)?;
    Ok(Outcome::Done)
}

fn check(folder: &Path, files: &[File], update: &str) -> Result<Outcome, JobError> {
    let mut lines = Vec::new();
    for file in files {
        let path = folder.join(&file.path);
        match file.difference(folder) {
            Ok(None) => {}
            Ok(Some(Difference::Missing)) => lines.push(format!("{} is missing", path.display())),
            Ok(Some(Difference::Changed)) => lines.push(format!("{} differs", path.display())),
            Err(source) => return Err(JobError::Read { path, source }),
        }
    }
    if lines.is_empty() {
        return Ok(Outcome::Done);
    }
    lines.push(format!("run `{update}` to update"));
    print_lines(&lines)?;
    Ok(Outcome::Found)
}

/// Tells what is no result; a stream on standard output must stay one
fn remark(text: &str) {
    // nothing is left to be done where even this fails
    let _ = writeln!(io::stderr(), "crd-gen: {text}");
}

/// A report for programs
fn json(report: &[impl Serialize]) -> Result<String, JobError> {
    Ok(serde_json::to_string_pretty(report)? + "\n")
}

fn print_lines(lines: &[String]) -> Result<(), JobError> {
    if lines.is_empty() { Ok(()) } else { print(&(lines.join("\n") + "\n")) }
}

/// A reader that has seen enough, such as `head`, is no error
fn print(text: &str) -> Result<(), JobError> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(JobError::Stdout(error)),
        _ => Ok(()),
    }
}
