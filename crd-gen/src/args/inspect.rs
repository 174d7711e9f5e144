//! The commands that look at definitions: `lint` and `diff`

use std::path::PathBuf;

use clap::ValueEnum;
use crd_gen::{diff::Class, drive::Source};

use super::{Definitions, Operator};

#[derive(Debug, clap::Args)]
pub(super) struct Lint {
    #[command(flatten)]
    operator: Operator,

    /// Look at the definitions in this file instead of an operator's; `-` is standard input; may be given several times
    #[arg(long, value_name = "FILE", conflicts_with_all = ["example", "bin", "package", "manifest_path"])]
    crd: Vec<PathBuf>,

    /// Warnings fail too
    #[arg(long)]
    deny_warnings: bool,

    /// For people or for programs
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Debug, clap::Args)]
pub(super) struct Diff {
    /// File with the definitions as they were; `-` is standard input
    #[arg(value_name = "OLD", required_unless_present = "against", requires = "new", conflicts_with_all = ["example", "bin", "package", "manifest_path"])]
    old: Option<PathBuf>,

    /// File with the definitions as they are to be; `-` is standard input
    #[arg(value_name = "NEW")]
    new: Option<PathBuf>,

    /// Compare the operator's definitions with those in this file, the old ones; `-` is standard input
    #[arg(long, value_name = "FILE", conflicts_with = "old")]
    against: Option<PathBuf>,

    #[command(flatten)]
    operator: Operator,

    /// Fail for changes of this class, and of worse ones
    #[arg(long, value_enum, default_value_t, value_name = "CLASS")]
    fail_on: FailOn,

    /// For people or for programs
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// From which class on a change is a failure
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum FailOn {
    /// Objects, clients or manifests that were right are so no more
    #[default]
    Breaking,
    /// Or a value that was right is refused when it is set anew
    Tightening,
    /// Or what is stored, or what it means, changes
    StorageAffecting,
}

/// For whom a report is
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    #[default]
    Text,
    /// For programs: a list of objects
    Json,
}

/// Which definitions are looked at
#[derive(Debug)]
pub(crate) struct Linting {
    /// Where they come from
    pub(crate) definitions: Definitions,
    /// Whether warnings fail too
    pub(crate) deny_warnings: bool,
    /// For whom the report is
    pub(crate) format: Format,
}

/// Which definitions are compared
#[derive(Debug)]
pub(crate) struct Comparison {
    /// The two sides
    pub(crate) compared: Compared,
    /// From which class on a change is a failure
    pub(crate) fail_on: Class,
    /// For whom the report is
    pub(crate) format: Format,
}

/// Two sides of a comparison
#[derive(Debug)]
pub(crate) enum Compared {
    /// The old file and the new one
    Files(PathBuf, PathBuf),
    /// The old file and an operator
    Operator(PathBuf, Source),
}

// === impl Lint ===

impl Lint {
    pub(super) fn job(self) -> Linting {
        let definitions = Definitions::of(self.crd, self.operator);
        Linting { definitions, deny_warnings: self.deny_warnings, format: self.format }
    }
}

// === impl Diff ===

impl Diff {
    pub(super) fn job(self) -> Comparison {
        let compared = match (self.old, self.new) {
            (Some(old), Some(new)) => Compared::Files(old, new),
            // one of the two is required
            _ => Compared::Operator(self.against.unwrap_or_default(), self.operator.source()),
        };
        let fail_on = match self.fail_on {
            FailOn::Breaking => Class::Breaking,
            FailOn::Tightening => Class::Tightening,
            FailOn::StorageAffecting => Class::StorageAffecting,
        };
        Comparison { compared, fail_on, format: self.format }
    }
}
