//! Printer columns: what `kubectl get` shows

use serde::{Deserialize, Serialize};

use crate::{Blueprint, FieldKind};

/// One column of `kubectl get`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Column {
    /// Heading, shown in upper case by `kubectl`
    pub name: String,
    /// Type of the value
    #[serde(rename = "type")]
    pub kind: ColumnType,
    /// JSON path from the object's root, starting with a dot, such as `.spec.replicaCount`
    pub path: String,
    /// Explanation for clients that show one
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Columns above 0 are shown by `-o wide` only; default 0
    #[serde(default, skip_serializing_if = "is_zero")]
    pub priority: i32,
}

/// Type of a printer column, as the API server knows it
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ColumnType {
    /// true or false
    Boolean,
    /// An RFC 3339 time, shown as an age
    Date,
    /// A whole number
    Integer,
    /// Any number
    Number,
    /// Text
    String,
}

/// The fields of a status that a path may lead to, and the type a column of each has
///
/// The engine's `Status` has exactly these; a test of the facade compares the two.
pub const STATUS_FIELDS: &[(&str, Option<ColumnType>)] = &[
    ("observedGeneration", Some(ColumnType::Integer)),
    ("replicas", Some(ColumnType::Integer)),
    ("selector", Some(ColumnType::String)),
    ("healthyReplicas", Some(ColumnType::Integer)),
    ("readyReplicas", Some(ColumnType::Integer)),
    ("availableReplicas", Some(ColumnType::Integer)),
    ("startingReplicas", Some(ColumnType::Integer)),
    ("unhealthyReplicas", Some(ColumnType::Integer)),
    ("terminatingReplicas", Some(ColumnType::Integer)),
    ("updatedReplicas", Some(ColumnType::Integer)),
    ("lastHealTime", Some(ColumnType::Date)),
    ("currentRevision", Some(ColumnType::String)),
    ("updateRevision", Some(ColumnType::String)),
    ("healing", None),
    ("conditions", None),
];

// === impl Column ===

impl Column {
    /// The column that is added last unless it is declared off: the API server adds it by itself only where no
    /// column is declared at all
    pub fn age() -> Self {
        Self {
            name: "Age".into(),
            kind: ColumnType::Date,
            path: ".metadata.creationTimestamp".into(),
            description: None,
            priority: 0,
        }
    }
}

// === impl ColumnType ===

impl ColumnType {
    /// Every type, in the order of the documentation
    pub const ALL: &'static [Self] = &[Self::Boolean, Self::Date, Self::Integer, Self::Number, Self::String];

    /// The type that goes without saying for a column with this path; `None` where it must be said
    pub fn of_path(blueprint: &Blueprint, path: &str) -> Option<Self> {
        if let Some(name) = path.strip_prefix(".status.") {
            return STATUS_FIELDS.iter().find(|(field, _)| *field == name)?.1;
        }
        match path.strip_prefix(".metadata.") {
            Some("creationTimestamp" | "deletionTimestamp") => return Some(Self::Date),
            Some("generation") => return Some(Self::Integer),
            Some("name" | "namespace" | "uid") => return Some(Self::String),
            _ => {}
        }
        Self::of_field(&blueprint.field(path.strip_prefix(".spec.")?)?.kind)
    }

    /// The type of a column that shows a field of this type; `None` for what a cell cannot show
    pub fn of_field(kind: &FieldKind) -> Option<Self> {
        match kind {
            FieldKind::Integer { .. } => Some(Self::Integer),
            FieldKind::Boolean => Some(Self::Boolean),
            FieldKind::Number => Some(Self::Number),
            FieldKind::String | FieldKind::Enumeration(_) => Some(Self::String),
            FieldKind::List(_)
            | FieldKind::Map(_)
            | FieldKind::Object(_)
            | FieldKind::Flattened
            | FieldKind::Other => None,
        }
    }

    /// The type with this word
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.as_str() == word)
    }

    /// The word used in a `CustomResourceDefinition` and in attributes
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Boolean => "boolean",
            Self::Date => "date",
            Self::Integer => "integer",
            Self::Number => "number",
            Self::String => "string",
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
fn is_zero(priority: &i32) -> bool {
    *priority == 0
}
