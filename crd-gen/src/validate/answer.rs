//! What an answer of an API server says, cause by cause
//!
//! It owns the reading of a Status and of warnings; the words in them stay as they are.

use serde_json::Value;

use super::Severity;

/// One thing that an answer says
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cause {
    /// Path of the field; empty for the object
    pub(super) field: String,
    pub(super) message: String,
    pub(super) severity: Severity,
    /// It is about the name of the field, not about its value
    pub(super) is_name: bool,
    /// It is about the second time that the field is there
    pub(super) is_duplicate: bool,
}

/// All that an answer says; nothing if the object is right
pub(super) fn causes(status: &Value, warnings: &[String]) -> Vec<Cause> {
    let mut all: Vec<Cause> = warnings.iter().map(|text| warning(text)).collect();
    // what is there already has been found right before
    if status["kind"] != "Status" || status["status"] != "Failure" || status["reason"] == "AlreadyExists" {
        return all;
    }
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    match status["details"]["causes"].as_array() {
        Some(causes) if !causes.is_empty() => all.extend(causes.iter().map(|cause| {
            // how Go shows that there is no path
            let field = cause["field"].as_str().filter(|field| *field != "<nil>").unwrap_or_default();
            Cause::of_field(field, text(&cause["message"]))
        })),
        _ => {
            let severity = if status["code"] == 501 { Severity::Unknown } else { Severity::Invalid };
            let is_namespace = status["details"]["kind"] == "namespaces" && status["reason"] == "NotFound";
            let field = if is_namespace { "metadata.namespace" } else { "" };
            all.push(Cause { severity, ..Cause::of_field(field, text(&status["message"])) });
        }
    }
    all
}

/// What a strict server refuses for is a warning of one that was asked to go on
fn warning(text: &str) -> Cause {
    for (words, is_duplicate) in [("unknown field ", false), ("duplicate field ", true)] {
        let field = text.strip_prefix(words).and_then(|quoted| serde_json::from_str::<String>(quoted).ok());
        if let Some(field) = field {
            let message = format!("strict decoding error: {text}");
            return Cause { is_name: true, is_duplicate, ..Cause::of_field(&field, message) };
        }
    }
    Cause { severity: Severity::Warning, ..Cause::of_object(text.to_owned()) }
}

// === impl Cause ===

impl Cause {
    pub(super) fn of_object(message: String) -> Self {
        Self::of_field("", message)
    }

    pub(super) fn of_field(field: &str, message: String) -> Self {
        Self {
            field: field.to_owned(),
            message,
            severity: Severity::Invalid,
            is_name: false,
            is_duplicate: false,
        }
    }
}
