//! The rules, each with its name, what follows from breaking it, and what it is about

use std::fmt;

use serde::{Serialize, Serializer};

/// What follows from a finding, the worst first
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// An API server refuses the definition
    Error,
    /// An API server takes the definition, and somebody regrets it later
    Warning,
}

/// A rule that a definition can break
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    /// Not a structural schema, or keywords that contradict each other
    SchemaInvalid,
    /// A default that its own schema or rule refuses
    DefaultInvalid,
    /// Keys of a list that are no fields of its elements, or no required or defaulted scalars
    ListKeyInvalid,
    /// A rule in CEL that does not compile
    RuleInvalid,
    /// A rule in CEL that may cost too much
    RuleCost,
    /// A printer column that cannot be
    ColumnInvalid,
    /// A scale subresource that cannot be
    ScaleInvalid,
    /// A selectable field that there is not, or that is none
    SelectableInvalid,
    /// Names that another definition has
    NameTaken,
    /// Anything else that is refused
    DefinitionInvalid,
    /// A keyword that there is not
    KeywordUnknown,
    /// Larger than an API server stores
    TooLarge,
    /// A format that API servers do not know: nothing is checked
    FormatUnknown,
    /// Anything else that an API server warns of
    ServerWarning,
    /// A printer column that shows nothing
    ColumnPath,
    /// A printer column whose type is not that of the field
    ColumnType,
    /// A scale subresource whose path leads to nothing, or to something else than it must
    ScalePath,
    /// A field that nothing explains
    Undescribed,
    /// Too large for a client-side `kubectl apply`
    Oversized,
    /// A list, map or text without a limit under a rule
    Unbounded,
    /// A whole number without a format
    IntegerFormat,
    /// Names that a built-in kind or another definition has
    NameClash,
    /// An object without any field of its own breaks a rule
    DefaultRefused,
    /// An enum with one value
    EnumSingle,
    /// A field that must be there and has a default
    RequiredDefault,
    /// Bounds that no value meets
    BoundsEmpty,
    /// A list of objects whose elements nobody can tell apart
    ListType,
    /// A spec or status whose fields nothing checks
    NoSchema,
    /// A status without the status subresource
    NoStatus,
}

// === impl Rule ===

impl Rule {
    /// Every rule, errors first
    pub const ALL: &'static [Self] = &[
        Self::SchemaInvalid,
        Self::DefaultInvalid,
        Self::ListKeyInvalid,
        Self::RuleInvalid,
        Self::RuleCost,
        Self::ColumnInvalid,
        Self::ScaleInvalid,
        Self::SelectableInvalid,
        Self::NameTaken,
        Self::DefinitionInvalid,
        Self::KeywordUnknown,
        Self::TooLarge,
        Self::FormatUnknown,
        Self::ServerWarning,
        Self::ColumnPath,
        Self::ColumnType,
        Self::ScalePath,
        Self::Undescribed,
        Self::Oversized,
        Self::Unbounded,
        Self::IntegerFormat,
        Self::NameClash,
        Self::DefaultRefused,
        Self::EnumSingle,
        Self::RequiredDefault,
        Self::BoundsEmpty,
        Self::ListType,
        Self::NoSchema,
        Self::NoStatus,
    ];

    /// Its name, which stays the same between releases
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SchemaInvalid => "schema-invalid",
            Self::DefaultInvalid => "default-invalid",
            Self::ListKeyInvalid => "list-key-invalid",
            Self::RuleInvalid => "rule-invalid",
            Self::RuleCost => "rule-cost",
            Self::ColumnInvalid => "column-invalid",
            Self::ScaleInvalid => "scale-invalid",
            Self::SelectableInvalid => "selectable-invalid",
            Self::NameTaken => "name-taken",
            Self::DefinitionInvalid => "definition-invalid",
            Self::KeywordUnknown => "keyword-unknown",
            Self::TooLarge => "too-large",
            Self::FormatUnknown => "format-unknown",
            Self::ServerWarning => "server-warning",
            Self::ColumnPath => "column-path",
            Self::ColumnType => "column-type",
            Self::ScalePath => "scale-path",
            Self::Undescribed => "undescribed",
            Self::Oversized => "oversized",
            Self::Unbounded => "unbounded",
            Self::IntegerFormat => "integer-format",
            Self::NameClash => "name-clash",
            Self::DefaultRefused => "default-refused",
            Self::EnumSingle => "enum-single",
            Self::RequiredDefault => "required-default",
            Self::BoundsEmpty => "bounds-empty",
            Self::ListType => "list-type",
            Self::NoSchema => "no-schema",
            Self::NoStatus => "no-status",
        }
    }

    /// What follows from breaking it
    pub fn severity(self) -> Severity {
        if self <= Self::TooLarge { Severity::Error } else { Severity::Warning }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Rule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

// === impl Severity ===

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Error => "error",
            Self::Warning => "warning",
        })
    }
}
