//! One thing that is wrong with an object, in the words of Kubernetes' field errors
//!
//! It owns the words. Which rule was broken is its maker's business.

use std::fmt;

use serde_json::Value;

use crate::go_text;
use crate::place;

/// What kind of mistake it is; the `reason` of a cause in a Status
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// A value that is needed is missing
    Required,
    /// A value is there twice
    Duplicate,
    /// A value is not what it must be
    Invalid,
    /// A value is not one of those that are allowed
    NotSupported,
    /// A value must not be there
    Forbidden,
    /// A text is too long
    TooLong,
    /// A list or map has too many elements
    TooMany,
    /// A value has the wrong type
    TypeInvalid,
    /// Something that is referred to does not exist
    NotFound,
    /// The server cannot do what it must
    Internal,
}

/// One mistake, at its place
#[derive(Clone, Debug, PartialEq)]
pub struct FieldError {
    /// Its kind
    pub reason: Reason,
    /// Where it is, such as `spec.ports[0].name`; empty for the object itself
    pub field: String,
    /// The value, already in the form in which it is printed; none where the kind shows none
    pub value: Option<String>,
    /// What is wrong with it
    pub detail: String,
}

// === impl Reason ===

impl Reason {
    /// The word in a cause of a Status, such as `FieldValueInvalid`
    pub fn as_cause(self) -> &'static str {
        match self {
            Self::Required => "FieldValueRequired",
            Self::Duplicate => "FieldValueDuplicate",
            Self::Invalid => "FieldValueInvalid",
            Self::NotSupported => "FieldValueNotSupported",
            Self::Forbidden => "FieldValueForbidden",
            Self::TooLong => "FieldValueTooLong",
            Self::TooMany => "FieldValueTooMany",
            Self::TypeInvalid => "FieldValueTypeInvalid",
            Self::NotFound => "FieldValueNotFound",
            Self::Internal => "InternalError",
        }
    }

    /// What the message begins with, such as `Invalid value`
    pub fn as_words(self) -> &'static str {
        match self {
            Self::Required => "Required value",
            Self::Duplicate => "Duplicate value",
            Self::Invalid | Self::TypeInvalid => "Invalid value",
            Self::NotSupported => "Unsupported value",
            Self::Forbidden => "Forbidden",
            Self::TooLong => "Too long",
            Self::TooMany => "Too many",
            Self::NotFound => "Not found",
            Self::Internal => "Internal error",
        }
    }
}

// === impl FieldError ===

impl FieldError {
    /// An error without a value: `Required`, `Forbidden`, `TooMany` (whose detail begins with its numbers)
    pub fn new(reason: Reason, field: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { reason, field: field.into(), value: None, detail: detail.into() }
    }

    /// An error about a value, which is printed as Go prints it: texts in quotes, numbers bare
    pub fn of_value(
        reason: Reason,
        field: impl Into<String>,
        value: &Value,
        detail: impl Into<String>,
    ) -> Self {
        Self { reason, field: field.into(), value: Some(go_text::of(value)), detail: detail.into() }
    }

    /// An error about a value that is none of those that are supported
    pub fn not_supported(field: impl Into<String>, value: &Value, supported: &[impl AsRef<str>]) -> Self {
        let quoted: Vec<_> = supported.iter().map(|text| go_text::quote(text.as_ref())).collect();
        let detail = match quoted[..] {
            [] => String::new(),
            _ => format!("supported values: {}", quoted.join(", ")),
        };
        Self::of_value(Reason::NotSupported, field, value, detail)
    }

    /// The same error of an object that stands at a place
    #[must_use]
    pub fn below(mut self, at: &str) -> Self {
        self.field = match self.field.as_str() {
            "" => at.to_owned(),
            field if field.starts_with('[') => format!("{at}{field}"),
            field => place::child(at, field),
        };
        self
    }

    /// The message without the place, as in a cause: `Invalid value: 0: must be positive`
    pub fn message(&self) -> String {
        let mut text = self.reason.as_words().to_owned();
        for part in self.value.iter().chain(Some(&self.detail)).filter(|part| !part.is_empty()) {
            text.push_str(": ");
            text.push_str(part);
        }
        text
    }

    /// The place as a cause shows it: `<nil>` for the object itself
    pub fn place(&self) -> &str {
        if self.field.is_empty() { "<nil>" } else { &self.field }
    }
}

/// Place and message, as in the message of a Status
impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place(), self.message())
    }
}
