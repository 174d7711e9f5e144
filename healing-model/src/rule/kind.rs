//! Types of expressions: which operator takes what and gives what
//!
//! It owns the table. Pointing at the operand that does not fit is the business of whoever holds the tokens.

use crate::{BinaryOperator, FieldKind, Function, UnaryOperator};

/// Type of an expression
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueKind {
    /// A whole number
    Integer,
    /// A number with a fraction
    Decimal,
    /// true or false
    Boolean,
    /// Text
    Text,
    /// A value of an enum
    Enumeration,
    /// A list
    List,
    /// A map
    Map,
    /// A struct
    Object,
}

// === impl ValueKind ===

impl ValueKind {
    /// The type of a field in a rule; `None` where it is not known here, as with a type that rustc alone knows
    pub fn of(field: &FieldKind) -> Option<Self> {
        match field {
            FieldKind::Integer { .. } => Some(Self::Integer),
            FieldKind::Boolean => Some(Self::Boolean),
            FieldKind::Number => Some(Self::Decimal),
            FieldKind::String => Some(Self::Text),
            FieldKind::Enumeration(_) => Some(Self::Enumeration),
            FieldKind::List(_) => Some(Self::List),
            FieldKind::Map(_) => Some(Self::Map),
            FieldKind::Object(_) => Some(Self::Object),
            FieldKind::Flattened | FieldKind::Other => None,
        }
    }

    /// What it is, in words
    pub fn describe(self) -> &'static str {
        match self {
            Self::Integer => "a whole number",
            Self::Decimal => "a number with a fraction",
            Self::Boolean => "true or false",
            Self::Text => "text",
            Self::Enumeration => "a value of an enum",
            Self::List => "a list",
            Self::Map => "a map",
            Self::Object => "a struct",
        }
    }
}

impl UnaryOperator {
    /// What the operator takes, and gives
    pub fn takes(self) -> &'static [ValueKind] {
        match self {
            Self::Not => &[ValueKind::Boolean],
            Self::Negate => &[ValueKind::Integer, ValueKind::Decimal],
        }
    }
}

impl BinaryOperator {
    /// What the operands may be; both are of one type
    pub fn takes(self) -> &'static [ValueKind] {
        use ValueKind as V;
        match self {
            Self::Or | Self::And => &[V::Boolean],
            Self::Equal | Self::NotEqual => {
                &[V::Integer, V::Decimal, V::Boolean, V::Text, V::Enumeration, V::List, V::Map, V::Object]
            }
            Self::Less | Self::LessOrEqual | Self::Greater | Self::GreaterOrEqual => {
                &[V::Integer, V::Decimal, V::Text]
            }
            _ => &[V::Integer],
        }
    }

    /// What the operator gives
    pub fn gives(self) -> ValueKind {
        match self {
            Self::Add | Self::Subtract | Self::Multiply | Self::Divide | Self::Remainder => {
                ValueKind::Integer
            }
            _ => ValueKind::Boolean,
        }
    }
}

impl Function {
    /// What the function is of; empty: of an optional value
    pub fn takes(self) -> &'static [ValueKind] {
        match self {
            Self::Len | Self::IsEmpty => &[ValueKind::Text, ValueKind::List, ValueKind::Map],
            Self::StartsWith
            | Self::EndsWith
            | Self::Matches
            | Self::ToAsciiLowercase
            | Self::ToAsciiUppercase => &[ValueKind::Text],
            Self::Contains => &[ValueKind::Text, ValueKind::List],
            Self::ContainsItem => &[ValueKind::List],
            Self::ContainsKey => &[ValueKind::Map],
            Self::IsSome | Self::IsNone => &[],
        }
    }

    /// What the function gives
    pub fn gives(self) -> ValueKind {
        match self {
            Self::Len => ValueKind::Integer,
            Self::ToAsciiLowercase | Self::ToAsciiUppercase => ValueKind::Text,
            _ => ValueKind::Boolean,
        }
    }
}
