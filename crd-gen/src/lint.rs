//! What is wrong with a definition (CRD): what an API server would refuse, and what its users would regret
//!
//! It owns the findings and the order of things. Each file below looks for one family of them; `server` asks the embedded API
//! server, whose refusals and words are not repeated here.

mod code;
mod collection;
mod cost;
mod default;
mod name;
mod path;
mod rule;
mod rust;
mod schema;
mod server;
mod spot;
mod whole;

use std::fmt;

use healing_model::Blueprint;
use serde::Serialize;
use serde_json::Value;

use crate::definition::Definition;
use crate::manifest::Position;
use crate::validate::Checker;

pub use rule::{Rule, Severity};
use spot::Spot;

/// What is looked at
#[derive(Clone, Copy, Debug)]
pub struct Subject<'s> {
    /// The definition
    pub definition: &'s Definition,
    /// What it was made from; then findings are told in terms of the Rust source
    pub blueprint: Option<&'s Blueprint>,
}

/// Something to tell of a definition
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// What follows from it
    pub severity: Severity,
    /// Which rule it breaks
    pub rule: Rule,
    /// Which of the subjects it is about; several may have one name
    #[serde(skip)]
    pub subject: usize,
    /// Name of the definition
    pub definition: String,
    /// The struct and field in Rust, such as `HealingServiceSpec.health_threshold`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rust: Option<String>,
    /// The field in an object, such as `spec.ports[].name`; empty for what is about no field
    #[serde(skip_serializing_if = "String::is_empty")]
    pub field: String,
    /// The place in the definition, as an API server writes it
    #[serde(skip_serializing_if = "String::is_empty")]
    pub path: String,
    /// The place in the text of the definition
    #[serde(flatten)]
    pub at: Position,
    /// What is wrong
    pub message: String,
    /// What to do
    pub help: String,
}

/// Everything there is to tell, definition by definition, errors first
pub fn lint(subjects: &[Subject<'_>]) -> Vec<Finding> {
    let mut checker = Checker::default();
    let mut findings = Vec::new();
    for (index, subject) in subjects.iter().enumerate() {
        let mut own = Vec::new();
        let mut report = Report { index, subject, findings: &mut own };
        let name = subject.definition.name();
        if subjects[..index].iter().any(|other| other.definition.name() == name) {
            // a server has one of a name: the other one, of another file, is judged on another server
            server::check(&mut Checker::default(), &mut report);
        } else {
            server::check(&mut checker, &mut report);
        }
        name::check(&subjects[..index], &mut report);
        whole::check(&mut report);
        for (number, version) in subject.definition.versions().iter().enumerate() {
            versions(number, version, &mut report);
        }
        own.sort_by_key(|finding| finding.severity);
        findings.extend(own);
    }
    findings
}

fn versions(number: usize, version: &Value, report: &mut Report<'_>) {
    let root = format!("spec.versions[{number}].schema.openAPIV3Schema");
    let spots = spot::all(&root, &version["schema"]["openAPIV3Schema"]);
    for spot in &spots {
        schema::check(spot, report);
        collection::check(spot, report);
        default::check(spot, report);
    }
    path::check(number, version, report);
}

/// Takes what is found in one definition
struct Report<'a> {
    index: usize,
    subject: &'a Subject<'a>,
    findings: &'a mut Vec<Finding>,
}

// === impl Report ===

impl Report<'_> {
    /// Notes something about a field
    fn spot(&mut self, rule: Rule, spot: &Spot<'_>, message: String, help: &str) {
        self.note(rule, &spot.path, message, help);
    }

    /// Whether the user embeds what is here, and has not declared it
    fn is_foreign(&self, spot: &Spot<'_>) -> bool {
        let field = spot::field_of(&spot.path);
        self.subject.blueprint.is_some_and(|blueprint| rust::is_foreign(blueprint, &field))
    }

    /// Notes something about a place in the definition
    fn note(&mut self, rule: Rule, path: &str, message: String, help: &str) {
        let field = spot::field_of(path);
        let definition = self.subject.definition;
        self.findings.push(Finding {
            severity: rule.severity(),
            rule,
            subject: self.index,
            definition: definition.name().to_owned(),
            rust: self.subject.blueprint.and_then(|blueprint| rust::place(blueprint, &field)),
            field,
            path: path.to_owned(),
            at: definition.node().find(path, true),
            message,
            help: help.to_owned(),
        });
    }
}

// === impl Finding ===

/// What is wrong, where, and what to do: a line each, whatever is in it
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = self.rust.as_ref().or(Some(&self.field).filter(|field| !field.is_empty()));
        let place = place.unwrap_or(&self.definition);
        write!(f, "{}[{}] {}: {}", self.severity, self.rule, plain(place), plain(&self.message))?;
        if !self.path.is_empty() {
            write!(f, "\n  at {}: {}", plain(&self.definition), plain(&self.path))?;
        }
        write!(f, "\n  do: {}", plain(&self.help))
    }
}

/// A text without what would break its line
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for char in text.chars() {
        if char.is_control() { out.extend(char.escape_default()) } else { out.push(char) }
    }
    out
}

#[cfg(test)]
mod tests;
