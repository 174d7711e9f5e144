//! A structural schema as a value: one node for each place in an object
//!
//! It owns the form. How it is read from OpenAPI is `parse`'s business, what is done with it that of the other files.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use crate::cel::Cached;
use crate::compiled::Compiled;

/// The schema of one place in an object, and through it of everything below
///
/// Nodes are shared where types are: cloning an `Arc` of one is cheap, and the schema of a Pod in a Deployment is that
/// of a Pod.
#[derive(Clone, Debug, Default)]
pub struct Schema {
    /// What stands here; [`Type::Any`] only together with `preserve_unknown`
    pub kind: Type,
    /// Whether null may stand here
    pub nullable: bool,
    /// What is put here when nothing is
    pub default: Option<Value>,
    /// What `kubectl explain` prints
    pub description: String,
    /// Known fields of an object
    pub properties: BTreeMap<String, Arc<Schema>>,
    /// Further fields of an object
    pub additional: Additional,
    /// Elements of an array
    pub items: Option<Arc<Schema>>,
    /// Fields that must be there
    pub required: Vec<String>,
    /// `x-kubernetes-preserve-unknown-fields`
    pub preserve_unknown: bool,
    /// `x-kubernetes-embedded-resource`
    pub embedded: bool,
    /// `x-kubernetes-list-type`
    pub list_type: ListType,
    /// `x-kubernetes-list-map-keys`
    pub list_map_keys: Vec<String>,
    /// `x-kubernetes-map-type`
    pub map_type: MapType,
    /// `x-kubernetes-patch-strategy` and `-merge-key`, of built-in kinds alone
    pub patch: PatchStrategy,
    /// `x-kubernetes-validations`
    pub rules: Vec<Rule>,
    /// Everything that only validates (`minimum`, `pattern`, `enum`, `anyOf` …), as it was written
    pub checks: serde_json::Map<String, Value>,
    /// The same, ready for use; only [`Schema::parse`] makes it
    pub compiled: Compiled,
}

/// The type of a place
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Type {
    /// Whatever it is
    #[default]
    Any,
    /// `type: object`
    Object,
    /// `type: array`
    Array,
    /// `type: string`
    String,
    /// `type: integer`
    Integer,
    /// `type: number`
    Number,
    /// `type: boolean`
    Boolean,
    /// `x-kubernetes-int-or-string`
    IntOrString,
}

/// Fields of an object that are not in `properties`
#[derive(Clone, Debug, Default)]
pub enum Additional {
    /// There are none
    #[default]
    None,
    /// `additionalProperties: true`
    Any,
    /// A map: each value has this schema
    Schema(Arc<Schema>),
}

/// How the elements of an array are told apart
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ListType {
    /// Not at all: the array is one value
    #[default]
    Atomic,
    /// By themselves
    Set,
    /// By their keys
    Map,
}

/// Whether fields of an object have owners of their own
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MapType {
    /// Each has
    #[default]
    Granular,
    /// The object is one value
    Atomic,
}

/// How a strategic merge patch treats a place
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PatchStrategy {
    /// `merge` (also as part of `merge,retainKeys`)
    pub merge: bool,
    /// `retainKeys`
    pub retain_keys: bool,
    /// What tells elements apart; empty for lists of plain values
    pub merge_key: String,
}

/// One element of `x-kubernetes-validations`, as it was written
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rule {
    /// CEL
    pub rule: String,
    /// What to say when it does not hold
    pub message: String,
    /// CEL that makes the message
    pub message_expression: String,
    /// `FieldValueInvalid` if empty
    pub reason: String,
    /// Where the error is, relative to the rule's place
    pub field_path: String,
    /// Whether a transition rule is also checked where there is no old value
    pub optional_old_self: bool,
    /// What its texts mean, once they were read
    pub(crate) program: Cached,
}

// === impl Schema ===

impl Schema {
    /// The schema of a field of an object, known or further
    pub fn field(&self, name: &str) -> Option<&Arc<Self>> {
        self.properties.get(name).or(match &self.additional {
            Additional::Schema(schema) => Some(schema),
            Additional::None | Additional::Any => None,
        })
    }

    /// Whether fields without a schema are kept
    pub fn keeps_unknown(&self) -> bool {
        self.preserve_unknown || matches!(self.additional, Additional::Any) || self.kind == Type::Any
    }
}
