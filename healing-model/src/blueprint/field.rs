//! Spec fields: the name, the type and the bounds that a rule, a role or a column may rely on
//!
//! It owns the shape of one declared field. The schema of nested types is the schema generator's business.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One field of the spec
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Field {
    /// Name as serialized, such as `replicaCount`; of a flattened field the name in Rust
    pub name: String,
    /// Type of the value
    pub kind: FieldKind,
    /// Whether the field may be left out and then has no value, as with `Option`
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub optional: bool,
    /// Value that the API server and the decoder fill in where the field is left out
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<Value>,
    /// Smallest value allowed; checked by the schema in the API server's own words
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minimum: Option<i64>,
    /// Largest value allowed; checked by the schema in the API server's own words
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maximum: Option<i64>,
}

/// Type of a spec field, as far as declarations need to know it
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum FieldKind {
    /// A whole number
    Integer {
        /// Width of the Rust type in bits
        bits: u8,
        /// Whether it can be negative
        signed: bool,
    },
    /// true or false
    Boolean,
    /// A number with a fraction
    Number,
    /// Text
    String,
    /// The fields of this one's type stand beside the others; their names are not known here
    Flattened,
    /// Anything else: lists, maps, structs, enums
    Other,
}

// === impl Field ===

impl Field {
    /// Whether an object may have no value here even after defaulting
    pub fn may_be_missing(&self) -> bool {
        self.optional && self.default.is_none()
    }
}

// === impl FieldKind ===

impl FieldKind {
    /// What it is, in words, with its article
    pub fn describe(self) -> &'static str {
        match self {
            Self::Integer { .. } => "a whole number",
            Self::Boolean => "true or false",
            Self::Number => "a number with a fraction",
            Self::String => "text",
            Self::Flattened => "a flattened struct",
            Self::Other => "a nested type",
        }
    }

    /// Whether a value of this type can be `value`
    pub fn admits(self, value: &Value) -> bool {
        match self {
            Self::Integer { bits, signed } => {
                let (lowest, highest) = range(bits, signed);
                value.as_i64().is_some_and(|number| (lowest..=highest).contains(&i128::from(number)))
            }
            Self::Boolean => value.is_boolean(),
            Self::Number => value.is_number(),
            Self::String => value.is_string(),
            Self::Flattened | Self::Other => false,
        }
    }
}

fn range(bits: u8, signed: bool) -> (i128, i128) {
    let bits = u32::from(bits.clamp(1, 64));
    if signed { (-(1 << (bits - 1)), (1 << (bits - 1)) - 1) } else { (0, (1 << bits) - 1) }
}
