//! Spec fields: the name, the type and the bounds that a rule, a role or a column may rely on
//!
//! It owns the shape of declared fields, nested ones included as far as their types are declared with us. The schema
//! is the schema generator's business.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{CelRule, Rule};

/// One field of the spec
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Field {
    /// Name in Rust, where it is another than the serialized one
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ident: Option<String>,
    /// Name as serialized, such as `replicaCount`; of a flattened field the name in Rust
    pub name: String,
    /// Type of the value
    pub kind: FieldKind,
    /// Whether the field may be left out and then has no value, as with `Option`
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub optional: bool,
    /// Value that the API server and the decoder fill in where the field is left out; while the derive runs null
    /// stands for what only the program knows
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<Value>,
    /// Smallest value allowed; checked by the schema in the API server's own words
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minimum: Option<i64>,
    /// Largest value allowed; checked by the schema in the API server's own words
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maximum: Option<i64>,
    /// What else the schema says about the value: OpenAPI keywords such as `maxLength`, with their values
    ///
    /// Bounds that exclude themselves are here with their number, as in `{"minimum": 0, "exclusiveMinimum": true}`, and
    /// so are bounds of numbers with a fraction.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub constraints: Map<String, Value>,
    /// The same of each item of a list or each value of a map
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub items: Map<String, Value>,
    /// Whether clients can select objects by the value
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub selectable: bool,
}

/// Type of a spec field, as far as declarations need to know it
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
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
    /// One of these words
    Enumeration(Vec<String>),
    /// Any number of values of one type
    List(Box<FieldKind>),
    /// Values of one type under names
    Map(Box<FieldKind>),
    /// A struct of the user's that is declared with us
    Object(Box<Shape>),
    /// The fields of this one's type stand beside the others; their names are not known here
    Flattened,
    /// Anything else: what is not declared with us, or is known only when the program runs
    #[default]
    Other,
}

/// The fields and rules of one struct
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Shape {
    /// Name of the struct in Rust
    pub ident: String,
    /// Its fields, in the order of their declaration
    pub fields: Vec<Field>,
    /// Rules about it, in the order in which they are checked
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<Rule>,
    /// Rules about it for the API server alone
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cel: Vec<CelRule>,
}

// === impl Field ===

impl Field {
    /// Name in Rust
    pub fn ident(&self) -> &str {
        self.ident.as_deref().unwrap_or(&self.name)
    }

    /// Whether an object may have no value here even after defaulting
    pub fn may_be_missing(&self) -> bool {
        self.optional && self.default.is_none()
    }
}

// === impl FieldKind ===

impl FieldKind {
    /// Whether more may be known about it when the program runs
    pub fn is_open(&self) -> bool {
        match self {
            Self::Other => true,
            Self::List(item) | Self::Map(item) => item.is_open(),
            _ => false,
        }
    }

    /// What it is, in words, with its article
    pub fn describe(&self) -> &'static str {
        match self {
            Self::Integer { .. } => "a whole number",
            Self::Boolean => "true or false",
            Self::Number => "a number with a fraction",
            Self::String => "text",
            Self::Enumeration(_) => "an enum",
            Self::List(_) => "a list",
            Self::Map(_) => "a map",
            Self::Object(_) => "a struct",
            Self::Flattened => "a flattened struct",
            Self::Other => "a nested type",
        }
    }

    /// Whether a value of this type can be `value`
    pub fn admits(&self, value: &Value) -> bool {
        match self {
            Self::Integer { bits, signed } => {
                let (lowest, highest) = range(*bits, *signed);
                value.as_i64().is_some_and(|number| (lowest..=highest).contains(&i128::from(number)))
            }
            Self::Boolean => value.is_boolean(),
            Self::Number => value.is_number(),
            Self::String => value.is_string(),
            Self::Enumeration(words) => {
                value.as_str().is_some_and(|text| words.iter().any(|word| word == text))
            }
            Self::List(item) => value.as_array().is_some_and(|all| all.iter().all(|one| item.admits(one))),
            Self::Map(item) => value.as_object().is_some_and(|all| all.values().all(|one| item.admits(one))),
            Self::Object(_) | Self::Flattened | Self::Other => false,
        }
    }
}

fn range(bits: u8, signed: bool) -> (i128, i128) {
    let bits = u32::from(bits.clamp(1, 64));
    if signed { (-(1 << (bits - 1)), (1 << (bits - 1)) - 1) } else { (0, (1 << bits) - 1) }
}
