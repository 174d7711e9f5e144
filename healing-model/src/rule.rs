//! Validation rules: expressions over the spec's fields, as plain data
//!
//! A rule is written once and enforced in two places: as CEL by the API server ([`Rule::cel`]) and as Rust by
//! `validate` ([`Rule::check`]). It owns neither the syntax that rules are written in (the derive does) nor the order
//! in which an object's rules run (`validate` does).

mod cel;
mod evaluate;
mod kind;

use serde::{Deserialize, Serialize};

use crate::Field;

pub use evaluate::EvaluationError;
pub use kind::ValueKind;

/// One rule about the spec
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Rule {
    /// The field that a broken rule is reported at, by its serialized name
    pub field: String,
    /// What must hold
    pub expression: Expression,
    /// What to say when it does not
    pub message: String,
}

/// An expression over whole numbers, booleans and fields of the spec
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Expression {
    /// A whole number
    Integer(i64),
    /// true or false
    Boolean(bool),
    /// The value of a field, by its serialized name
    Field(String),
    /// An operator before its operand
    Unary {
        /// What is done
        operator: UnaryOperator,
        /// To what
        operand: Box<Expression>,
    },
    /// An operator between its operands
    Binary {
        /// What is done
        operator: BinaryOperator,
        /// Operand before the operator
        left: Box<Expression>,
        /// Operand after the operator
        right: Box<Expression>,
    },
}

/// An operator before its operand
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum UnaryOperator {
    /// `!`
    Not,
    /// `-`
    Negate,
}

/// An operator between two operands
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum BinaryOperator {
    /// `||`
    Or,
    /// `&&`
    And,
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `%`
    Remainder,
}

// === impl Rule ===

impl Rule {
    /// `field >= bound` or `field <= bound`, with a message of its own
    pub fn bound(field: &str, operator: BinaryOperator, bound: i64, message: &str) -> Self {
        Self {
            field: field.to_owned(),
            expression: Expression::binary(
                operator,
                Expression::Field(field.to_owned()),
                Expression::Integer(bound),
            ),
            message: message.to_owned(),
        }
    }

    /// Fields in the rule that an object may have no value for, in order of appearance: where one is missing, the
    /// rule has nothing to say
    pub fn guarded<'f>(&self, fields: &'f [Field]) -> Vec<&'f str> {
        let mut names = Vec::new();
        self.expression.visit_fields(&mut |name| names.push(name.to_owned()));
        let mut guarded: Vec<&'f str> = Vec::new();
        for name in names {
            let missing =
                fields.iter().find(|field| field.name == name).filter(|field| field.may_be_missing());
            guarded.extend(missing.map(|field| field.name.as_str()).filter(|name| !guarded.contains(name)));
        }
        guarded
    }
}

// === impl Expression ===

impl Expression {
    /// `left operator right`
    pub fn binary(operator: BinaryOperator, left: Self, right: Self) -> Self {
        Self::Binary { operator, left: Box::new(left), right: Box::new(right) }
    }

    /// `operator operand`
    pub fn unary(operator: UnaryOperator, operand: Self) -> Self {
        Self::Unary { operator, operand: Box::new(operand) }
    }

    /// Calls `visit` with the name of each field, from left to right
    pub fn visit_fields(&self, visit: &mut impl FnMut(&str)) {
        match self {
            Self::Integer(_) | Self::Boolean(_) => {}
            Self::Field(name) => visit(name),
            Self::Unary { operand, .. } => operand.visit_fields(visit),
            Self::Binary { left, right, .. } => {
                left.visit_fields(visit);
                right.visit_fields(visit);
            }
        }
    }
}

// === impl UnaryOperator ===

impl UnaryOperator {
    /// The operator as written in Rust and in CEL
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Not => "!",
            Self::Negate => "-",
        }
    }
}

// === impl BinaryOperator ===

impl BinaryOperator {
    /// The operator as written in Rust and in CEL
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Or => "||",
            Self::And => "&&",
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Remainder => "%",
        }
    }
}
