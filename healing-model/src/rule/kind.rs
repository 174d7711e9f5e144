//! Types of expressions: which operator takes what and gives what
//!
//! It owns the table. Pointing at the operand that does not fit is the business of whoever holds the tokens.

use crate::{BinaryOperator, FieldKind, UnaryOperator};

/// Type of an expression
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueKind {
    /// A whole number
    Integer,
    /// true or false
    Boolean,
}

// === impl ValueKind ===

impl ValueKind {
    /// The type of a field in a rule; `None` where rules cannot use the field
    pub fn of(field: &FieldKind) -> Option<Self> {
        match field {
            FieldKind::Integer { .. } => Some(Self::Integer),
            FieldKind::Boolean => Some(Self::Boolean),
            _ => None,
        }
    }

    /// What it is, in words
    pub fn describe(self) -> &'static str {
        match self {
            Self::Integer => "a whole number",
            Self::Boolean => "true or false",
        }
    }
}

impl UnaryOperator {
    /// What the operator takes, and gives
    pub fn takes(self) -> ValueKind {
        match self {
            Self::Not => ValueKind::Boolean,
            Self::Negate => ValueKind::Integer,
        }
    }
}

impl BinaryOperator {
    /// What both operands must be; `None`: both the same, whatever it is
    pub fn takes(self) -> Option<ValueKind> {
        match self {
            Self::Or | Self::And => Some(ValueKind::Boolean),
            Self::Equal | Self::NotEqual => None,
            _ => Some(ValueKind::Integer),
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
