//! What is wrong with a field of an object, in the API server's own form

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One broken rule: where, with which value, and why
///
/// Printed as the API server prints it: `spec.replicaCount: Invalid value: 0: replicaCount must be greater than 0`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FieldError {
    /// Path of the field from the object's root, such as `spec.replicaCount`
    pub field: String,
    /// Kind of error
    pub reason: FieldErrorReason,
    /// The value found there; null where there is none
    pub value: Value,
    /// What to do about it, as declared
    pub message: String,
}

/// Kind of a [`FieldError`], as in the causes of an API server's answer
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FieldErrorReason {
    /// The value breaks a rule
    #[serde(rename = "FieldValueInvalid")]
    Invalid,
    /// There must be a value
    #[serde(rename = "FieldValueRequired")]
    Required,
    /// A text is longer than it may be
    #[serde(rename = "FieldValueTooLong")]
    TooLong,
    /// A list or map has more in it than it may
    #[serde(rename = "FieldValueTooMany")]
    TooMany,
    /// A value is none of those that are allowed
    #[serde(rename = "FieldValueNotSupported")]
    NotSupported,
    /// A value is there before
    #[serde(rename = "FieldValueDuplicate")]
    Duplicate,
}

// === impl FieldError ===

impl FieldError {
    /// A value that breaks a rule
    pub fn invalid(field: impl Into<String>, value: impl Into<Value>, message: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            reason: FieldErrorReason::Invalid,
            value: value.into(),
            message: message.into(),
        }
    }
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { field, reason, value, message } = self;
        match reason {
            FieldErrorReason::Invalid => write!(f, "{field}: Invalid value: {value}: {message}"),
            FieldErrorReason::Required => write!(f, "{field}: Required value: {message}"),
            FieldErrorReason::TooLong => write!(f, "{field}: Too long: {message}"),
            FieldErrorReason::TooMany => write!(f, "{field}: Too many: {value}: {message}"),
            FieldErrorReason::NotSupported => write!(f, "{field}: Unsupported value: {value}: {message}"),
            FieldErrorReason::Duplicate => write!(f, "{field}: Duplicate value: {value}"),
        }
    }
}

impl std::error::Error for FieldError {}
