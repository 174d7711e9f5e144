//! What an API server thinks of manifests, without one: every object is created on an embedded server, as a dry run
//!
//! It owns the questions and the places in the answers. Verdicts and words are the embedded server's; how text becomes
//! objects is `manifest`'s business.

mod answer;
mod cluster;

use std::fmt;

use serde_json::Value;

use crate::manifest::{Content, Node, Position};

use answer::Cause;
use cluster::{Cluster, Kind};

/// Checks objects, one after the other
///
/// A definition that was found right is served from then on: check definitions first.
#[derive(Debug)]
pub struct Checker {
    cluster: Cluster,
}

/// Something to tell of an object
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Where in its text
    pub at: Position,
    /// The object as `Kind/name`; empty for what is none
    pub object: String,
    /// Path of the field; empty for the object as a whole
    pub field: String,
    /// What an API server says
    pub message: String,
    /// What follows from it
    pub severity: Severity,
}

/// What follows from a finding
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// An API server refuses the object
    Invalid,
    /// Nothing is known of objects of this kind
    Unknown,
    /// An API server takes the object, and warns
    Warning,
}

/// Whether an object is a `CustomResourceDefinition`
pub fn is_definition(object: &Node) -> bool {
    object.text("apiVersion") == Some("apiextensions.k8s.io/v1")
        && object.text("kind") == Some("CustomResourceDefinition")
}

/// The objects in a document: the items of a `List`, else the document itself
pub fn objects(document: &Node) -> &[Node] {
    let items = document.field("items").filter(|_| document.text("kind") == Some("List"));
    match items.map(|items| &items.content) {
        Some(Content::List(items)) if document.text("apiVersion") == Some("v1") => items,
        _ => std::slice::from_ref(document),
    }
}

/// What an answer of any API server says of an object that was sent to it with `fieldValidation=Warn`
///
/// `answer` is the body of the answer, `warnings` are the texts of its `Warning` headers.
pub fn findings(object: &Node, answer: &Value, warnings: &[String]) -> Vec<Finding> {
    answer::causes(answer, warnings).into_iter().map(|cause| finding(object, cause)).collect()
}

// === impl Checker ===

impl Default for Checker {
    fn default() -> Self {
        Self { cluster: Cluster::new() }
    }
}

impl Checker {
    /// What an API server would say to the creation of an object; nothing if it is right
    pub fn check(&mut self, object: &Node) -> Vec<Finding> {
        let kind = match self.kind(object) {
            Ok(kind) => kind,
            Err(finding) => return vec![*finding],
        };
        let causes = self.cluster.create(&kind, object, is_definition(object));
        causes.into_iter().map(|cause| finding(object, cause)).collect()
    }

    /// The same for each of several objects; definitions are looked at first, so that their objects are known
    pub fn check_all(&mut self, objects: &[&Node]) -> Vec<Vec<Finding>> {
        let mut found = vec![Vec::new(); objects.len()];
        for definitions in [true, false] {
            for (object, found) in objects.iter().zip(&mut found) {
                if is_definition(object) == definitions {
                    *found = self.check(object);
                }
            }
        }
        found
    }

    fn kind(&mut self, object: &Node) -> Result<Kind, Box<Finding>> {
        let about = |message: String, severity| {
            Box::new(finding(object, Cause { severity, ..Cause::of_object(message) }))
        };
        if !matches!(object.content, Content::Map(_)) {
            return Err(about("this is no object: it has no fields".to_owned(), Severity::Invalid));
        }
        let text = |field: &str| object.text(field).unwrap_or_default();
        let (api_version, kind) = (text("apiVersion"), text("kind"));
        for (field, text) in [("apiVersion", api_version), ("kind", kind)] {
            if text.is_empty() {
                let message = format!("Required value: `{field}` says what this is, and must be a text");
                return Err(Box::new(finding(object, Cause::of_field(field, message))));
            }
        }
        self.cluster.kind(api_version, kind).ok_or_else(|| {
            let message = format!("no matches for kind \"{kind}\" in version \"{api_version}\"");
            match self.cluster.kinds_of_group(api_version) {
                Some(known) => about(format!("{message}; there are: {known}"), Severity::Invalid),
                None => about(
                    format!("{message}; its definition is not among those that are known here"),
                    Severity::Unknown,
                ),
            }
        })
    }
}

fn finding(object: &Node, cause: Cause) -> Finding {
    // what is the same in all versions of a definition is told as if it stood before them
    let of_version = cause.field.strip_prefix("spec.validation.").filter(|_| is_definition(object));
    let path = of_version.map(|rest| format!("spec.versions[0].schema.{rest}"));
    let path = path.as_deref().unwrap_or(&cause.field);
    let path = if path.is_empty() { named_within(&cause.message).unwrap_or_default() } else { path };
    let at = if cause.is_duplicate { object.find_again(path) } else { object.find(path, cause.is_name) };
    Finding {
        at,
        object: named(object),
        field: cause.field,
        message: cause.message,
        severity: cause.severity,
    }
}

/// The field that the server's words name where its answer names none: for types with a format, and for `oneOf` and its kin
fn named_within(message: &str) -> Option<&str> {
    let told = message.strip_prefix("Invalid value: \"\": ")?;
    if let Some(quoted) = told.strip_prefix('"') {
        return quoted.split_once("\" must ").map(|(path, _)| path);
    }
    told.strip_prefix("Checked value must be of type ")?.split_once(" in ").map(|(_, path)| path)
}

/// `Kind/name`, as far as the object says them
fn named(object: &Node) -> String {
    let metadata = object.field("metadata");
    let name = metadata.and_then(|metadata| metadata.text("name").or_else(|| metadata.text("generateName")));
    let parts = [object.text("kind"), name];
    parts.into_iter().flatten().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("/")
}

// === impl Finding ===

/// `LINE:COLUMN: Kind/name: field: message`, on one line whatever is in it
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let warning = if self.severity == Severity::Warning { "warning" } else { "" };
        let parts = [&self.object, warning, &self.field, &self.message];
        let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        write!(f, "{}: ", self.at)?;
        for char in parts.join(": ").chars() {
            if char.is_control() {
                write!(f, "{}", char.escape_default())?;
            } else {
                write!(f, "{char}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
