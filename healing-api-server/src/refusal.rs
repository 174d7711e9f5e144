//! Every no of the server: code, reason and words of a Status
//!
//! It owns the wording that Kubernetes' clients look at and people know. When to say no is the verbs' business.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use structural_schema::FieldError;

/// A request that is not carried out, as the Status that says so
#[derive(Clone, Debug, PartialEq)]
pub struct Refusal {
    /// HTTP status
    pub code: u16,
    /// `reason` of the Status; empty for none
    pub reason: &'static str,
    /// For people
    pub message: String,
    /// `details`; null for none
    pub details: Value,
    /// `metadata.continue`, with which an expired list goes on
    pub next: Option<String>,
    /// Texts of `Warning` headers: what was already found in the request before it was refused
    pub warnings: Box<[String]>,
}

/// What an error is about: group, plural and name, as `details` shows them
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Subject<'a> {
    pub(crate) group: &'a str,
    /// The plural in most answers, the kind in `Invalid` and in conflicts of preconditions
    pub(crate) what: &'a str,
    pub(crate) name: &'a str,
}

// === impl Subject ===

impl Subject<'_> {
    /// `plural.group`, or the plural alone in the core group
    pub(crate) fn qualified(&self) -> String {
        if self.group.is_empty() { self.what.to_owned() } else { format!("{}.{}", self.what, self.group) }
    }

    fn details(&self) -> Value {
        let mut details = json!({ "name": self.name, "kind": self.what });
        if !self.group.is_empty() {
            details["group"] = self.group.into();
        }
        if let Some(details) = details.as_object_mut() {
            details.retain(|_, value| value != "");
        }
        details
    }
}

// === impl Refusal ===

impl Refusal {
    /// A refusal with no details
    pub(crate) fn new(code: u16, reason: &'static str, message: impl Into<String>) -> Self {
        Self {
            code,
            reason,
            message: message.into(),
            details: Value::Null,
            next: None,
            warnings: Box::default(),
        }
    }

    /// The Status as it is sent
    pub fn to_value(&self) -> Value {
        let mut metadata = json!({});
        if let Some(next) = &self.next {
            metadata["continue"] = next.as_str().into();
        }
        let mut status = json!({
            "kind": "Status", "apiVersion": "v1", "metadata": metadata, "status": "Failure",
            "message": self.message, "code": self.code,
        });
        if !self.reason.is_empty() {
            status["reason"] = self.reason.into();
        }
        if !self.details.is_null() {
            status["details"] = self.details.clone();
        }
        status
    }

    /// The same, with what was found in the request before
    pub(crate) fn with_warnings(self, warnings: &[String]) -> Self {
        Self { warnings: warnings.into(), ..self }
    }

    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(400, "BadRequest", message)
    }

    pub(crate) fn not_found(subject: &Subject<'_>) -> Self {
        let message = format!("{} \"{}\" not found", subject.qualified(), subject.name);
        Self { details: subject.details(), ..Self::new(404, "NotFound", message) }
    }

    pub(crate) fn already_exists(subject: &Subject<'_>) -> Self {
        let message = format!("{} \"{}\" already exists", subject.qualified(), subject.name);
        Self { details: subject.details(), ..Self::new(409, "AlreadyExists", message) }
    }

    pub(crate) fn conflict(subject: &Subject<'_>, why: &str) -> Self {
        let message =
            format!("Operation cannot be fulfilled on {} \"{}\": {why}", subject.qualified(), subject.name);
        Self { details: subject.details(), ..Self::new(409, "Conflict", message) }
    }

    /// The object was changed since it was read
    pub(crate) fn modified(subject: &Subject<'_>) -> Self {
        Self::conflict(
            subject,
            "the object has been modified; please apply your changes to the latest version and try again",
        )
    }

    pub(crate) fn forbidden(subject: &Subject<'_>, why: &str) -> Self {
        let message = format!("{} \"{}\" is forbidden: {why}", subject.qualified(), subject.name);
        Self { details: subject.details(), ..Self::new(403, "Forbidden", message) }
    }

    /// What is wrong with an object; `subject.what` is the kind
    pub(crate) fn invalid(subject: &Subject<'_>, errors: &[FieldError]) -> Self {
        // the same mistake is told once in words, but is a cause each time it was found
        let mut known = BTreeSet::new();
        let texts = errors.iter().map(ToString::to_string);
        let told: Vec<String> = texts.filter(|text| known.insert(text.clone())).collect();
        let told = match told.as_slice() {
            [one] => one.clone(),
            many => format!("[{}]", many.join(", ")),
        };
        let causes: Vec<Value> = errors
            .iter()
            .map(|error| {
                json!({
                    "reason": error.reason.as_cause(), "message": error.message(), "field": error.place(),
                })
            })
            .collect();
        let mut details = subject.details();
        details["causes"] = causes.into();
        let message = format!("{} \"{}\" is invalid: {told}", subject.qualified(), subject.name);
        Self { details, ..Self::new(422, "Invalid", message) }
    }

    pub(crate) fn method_not_allowed() -> Self {
        let message = "the server does not allow this method on the requested resource";
        Self { details: json!({}), ..Self::new(405, "MethodNotAllowed", message) }
    }

    /// The same for a part of a custom resource; `subject.what` is the plural
    pub(crate) fn not_supported(subject: &Subject<'_>, verb: &str) -> Self {
        let message = format!("{verb} is not supported on resources of kind \"{}\"", subject.qualified());
        Self { details: subject.details(), ..Self::new(405, "MethodNotAllowed", message) }
    }

    pub(crate) fn unsupported_media_type(message: impl Into<String>) -> Self {
        Self::new(415, "UnsupportedMediaType", message)
    }

    pub(crate) fn not_acceptable(message: impl Into<String>) -> Self {
        Self::new(406, "NotAcceptable", message)
    }

    pub(crate) fn expired(message: impl Into<String>) -> Self {
        Self::new(410, "Expired", message)
    }

    pub(crate) fn internal(message: impl Into<String>) -> Self {
        Self::new(500, "InternalError", message)
    }

    /// What this server leaves out on purpose; `instead` says what to use
    pub(crate) fn not_implemented(what: &str, instead: &str) -> Self {
        let message = format!("the sandbox does not implement {what}; {instead}");
        Self::new(501, "NotImplemented", message)
    }
}
