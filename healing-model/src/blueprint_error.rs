//! What is wrong with a declaration, and where
//!
//! It owns the places that an error can be at. Tokens and lines are the derive's business.

use std::fmt;

use crate::Role;

/// One broken rule about declarations
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlueprintError {
    /// Which part of the declaration is wrong
    pub place: Place,
    /// What is wrong and what to do, as one line
    pub message: String,
}

/// A part of a declaration
///
/// Numbers are positions in the blueprint's own lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// The declaration as a whole
    Whole,
    /// `group`
    Group,
    /// `version`
    Version,
    /// `kind`
    Kind,
    /// `plural`
    Plural,
    /// `singular`
    Singular,
    /// One of the short names
    ShortName(usize),
    /// One of the categories
    Category(usize),
    /// `scope`
    Scope,
    /// `pod_namespace`
    PodNamespace,
    /// `finalizer`
    Finalizer,
    /// A knob, by its name
    Knob(&'static str),
    /// A role on a field, by the field's serialized name
    Role(Role, String),
    /// The type of a field, by its serialized name
    FieldType(String),
    /// The name of a field, by its serialized name; the later one of two
    FieldName(String),
    /// `default` of a field
    Default(String),
    /// `minimum` of a field
    Minimum(String),
    /// `maximum` of a field
    Maximum(String),
    /// A constraint of a field
    Constraint {
        /// Serialized name of the field
        field: String,
        /// Whether it is one of what stands in the field: `items(...)` or `values(...)`
        items: bool,
        /// The word, such as `max_length`
        word: &'static str,
    },
    /// `items(...)` or `values(...)` of a field
    Items(String),
    /// `selectable` of a field
    Selectable(String),
    /// `served`
    Served,
    /// `storage`
    Storage,
    /// `deprecated`
    Deprecated,
    /// An annotation of the definition, by its key
    CrdAnnotation(String),
    /// A label of the definition, by its key
    CrdLabel(String),
    /// One of the extra rules of the role
    Rbac(usize),
    /// One of the kinds in `owns(...)`
    Owned(usize),
    /// `timeout_seconds` of the webhook
    WebhookTimeout,
    /// The heading of a column
    ColumnName(usize),
    /// The path of a column
    ColumnPath(usize),
    /// The priority of a column
    ColumnPriority(usize),
    /// The message of a rule
    RuleMessage(usize),
}

// === impl BlueprintError ===

impl BlueprintError {
    /// An error at a place
    pub fn new(place: Place, message: impl Into<String>) -> Self {
        Self { place, message: message.into() }
    }
}

impl fmt::Display for BlueprintError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for BlueprintError {}
