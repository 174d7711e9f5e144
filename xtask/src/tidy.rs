//! Rules about the repository that can be counted or searched for, so that nobody has to remember them
//!
//! It owns the registry and the report. One rule is one file below and one line in [`RULES`]; each carries the tests
//! that show it failing. A rule reads values ([`Tree`]) and does no I/O, so that its tests need no files.

mod source;
mod graph;
mod tree;

mod header;
mod length;
mod name;
mod orphan;
mod leftover;
mod layer;
mod writer;
mod purity;
mod fixture;
mod retry;
mod page;
mod reference;
mod map;
mod invariant;

use std::{fmt, io, path::Path};

pub use graph::Graph;
pub use source::Source;
pub use tree::Tree;

/// One rule
#[derive(Debug)]
pub struct Rule {
    /// Name, printed with each finding
    pub name: &'static str,
    /// Finds what breaks it
    pub check: fn(&Tree) -> Vec<Finding>,
}

/// Every rule
pub const RULES: &[Rule] = &[
    Rule { name: "header", check: header::check },
    Rule { name: "length", check: length::check },
    Rule { name: "name", check: name::check },
    Rule { name: "orphan", check: orphan::check },
    Rule { name: "leftover", check: leftover::check },
    Rule { name: "layer", check: layer::check },
    Rule { name: "writer", check: writer::check },
    Rule { name: "purity", check: purity::check },
    Rule { name: "fixture", check: fixture::check },
    Rule { name: "retry", check: retry::check },
    Rule { name: "page", check: page::check },
    Rule { name: "reference", check: reference::check },
    Rule { name: "map", check: map::check },
    Rule { name: "invariant", check: invariant::check },
];

/// A place that breaks a rule
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// Path from the root of the workspace
    pub path: String,
    /// Line, where there is one, from 1
    pub line: Option<usize>,
    /// What is wrong and what to do
    pub message: String,
}

/// What the rules say about one tree
#[derive(Debug, Default)]
pub struct Report {
    /// What must be put right, with the name of its rule
    pub findings: Vec<(&'static str, Finding)>,
    /// What is worth knowing: files above the target length
    pub notes: Vec<Finding>,
}

/// Applies every rule to the workspace at `root`
///
/// # Errors
/// When a file cannot be read or cargo does not describe the workspace.
pub fn check(root: &Path) -> io::Result<Report> {
    let tree = Tree::read(root)?;
    let mut report = Report { findings: Vec::new(), notes: length::notes(&tree) };
    for rule in RULES {
        report.findings.extend((rule.check)(&tree).into_iter().map(|finding| (rule.name, finding)));
    }
    Ok(report)
}

// === impl Finding ===

impl Finding {
    fn file(path: &str, message: impl Into<String>) -> Self {
        Self { path: path.into(), line: None, message: message.into() }
    }

    fn line(path: &str, line: usize, message: impl Into<String>) -> Self {
        Self { path: path.into(), line: Some(line), message: message.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}: {}", self.path, self.message),
            None => write!(f, "{}: {}", self.path, self.message),
        }
    }
}

// === impl Report ===

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for note in &self.notes {
            writeln!(f, "note: {note}")?;
        }
        for (rule, finding) in &self.findings {
            writeln!(f, "{finding} [{rule}]")?;
        }
        Ok(())
    }
}
