//! Validation rules: expressions over the fields of a struct, as plain data
//!
//! A rule is written once and enforced in two places: as CEL by the API server ([`Rule::cel`]) and as Rust by
//! `validate` ([`Rule::check`]). It owns neither the syntax that rules are written in (the derive does) nor the order
//! in which an object's rules run (`validate` does). The files below: what an operator or function takes, the names of
//! fields as an object has them, what is left out, the text in CEL, and the value in Rust.

mod kind;
mod resolve;
mod guard;
mod cel;
mod evaluate;

use serde::{Deserialize, Serialize};
use serde_json::Number;

pub(crate) use evaluate::{Broken, Subject};
pub use evaluate::{EvaluationError, Matches};
pub use kind::ValueKind;

/// One rule about a struct
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Rule {
    /// The field that a broken rule is reported at, by its serialized name; absent: at the struct itself
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// What must hold
    pub expression: Expression,
    /// What to say when it does not
    pub message: String,
    /// The same with values in it; empty where there are none
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<MessagePart>,
}

/// One rule in CEL as the user wrote it: for the API server alone
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CelRule {
    /// The field whose value `self` is, by its serialized name; absent: `self` is the struct itself
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// What must hold, in CEL
    pub rule: String,
    /// What to say when it does not
    pub message: String,
    /// The same as an expression in CEL that gives text
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_expression: Option<String>,
    /// Kind of error, one of [`CelRule::REASONS`]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Where a broken rule is reported, from `self`, such as `.size`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field_path: Option<String>,
    /// Whether `oldSelf` is an optional value, so that the rule is checked for new objects too
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub optional_old_self: bool,
}

/// One piece of a message
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum MessagePart {
    /// Text as it is
    Text(String),
    /// A value, as text
    Value(Expression),
}

/// An expression over the fields of a struct
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Expression {
    /// A whole number
    Integer(i64),
    /// A number with a fraction
    Decimal(Number),
    /// true or false
    Boolean(bool),
    /// Text
    Text(String),
    /// A constant or an enum's value of the program, by its place in the list that the program gives
    Constant(usize),
    /// A field, a field of a field, or a value of a collection
    Path(Path),
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
    /// `if condition { then } else { otherwise }`
    Conditional {
        /// true or false
        condition: Box<Expression>,
        /// The value where it is true
        then: Box<Expression>,
        /// The value where it is false
        otherwise: Box<Expression>,
    },
    /// A function of a value
    Call {
        /// Which
        function: Function,
        /// Of what
        receiver: Box<Expression>,
        /// What stands in its parentheses
        arguments: Vec<Expression>,
    },
    /// Whether a value is one of some
    OneOf {
        /// The value
        element: Box<Expression>,
        /// The values that it may be
        values: Vec<Expression>,
    },
    /// Whether something holds for all or for any of a collection
    Each {
        /// All or any
        quantifier: Quantifier,
        /// The collection
        over: Box<Expression>,
        /// What of it
        part: Part,
        /// What one is called in the body
        variable: String,
        /// What must hold
        body: Box<Expression>,
    },
    /// A value that depends on an optional one
    MapOr {
        /// The optional value
        over: Path,
        /// The result where it is absent
        otherwise: Box<Expression>,
        /// What it is called in the body
        variable: String,
        /// The result where it is there
        body: Box<Expression>,
    },
}

/// Where a value is
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Path {
    /// Where it begins
    pub origin: Origin,
    /// The fields on the way: names in Rust as the derive writes them, serialized names once they are resolved
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<String>,
}

/// Where a path begins
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Origin {
    /// The struct that the rule is about
    This,
    /// The same struct before the change
    Old,
    /// A name that a closure gives
    Variable(String),
}

/// A function of a value
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Function {
    /// Number of characters, items or entries
    Len,
    /// Whether there are no characters, items or entries
    IsEmpty,
    /// Whether a text begins with another
    StartsWith,
    /// Whether a text ends with another
    EndsWith,
    /// Whether a text contains another
    Contains,
    /// Whether a list contains an item
    ContainsItem,
    /// Whether a map has a key
    ContainsKey,
    /// Whether a regular expression is found in a text
    Matches,
    /// A text with the letters A to Z in lower case
    ToAsciiLowercase,
    /// A text with the letters a to z in upper case
    ToAsciiUppercase,
    /// Whether an optional value is there
    IsSome,
    /// Whether an optional value is absent
    IsNone,
}

/// For how many something must hold
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Quantifier {
    /// For each
    All,
    /// For one at least
    Any,
}

/// What of a collection is looked at
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Part {
    /// The items of a list
    Items,
    /// The keys of a map
    Keys,
    /// The values of a map
    Values,
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
    /// A rule at a field, with one message for all values
    pub fn new(field: Option<&str>, expression: Expression, message: &str) -> Self {
        Self { field: field.map(str::to_owned), expression, message: message.to_owned(), parts: Vec::new() }
    }

    /// `field >= bound` or `field <= bound`, with a message of its own
    pub fn bound(field: &str, operator: BinaryOperator, bound: i64, message: &str) -> Self {
        let expression = Expression::binary(operator, Expression::field(field), Expression::Integer(bound));
        Self::new(Some(field), expression, message)
    }

    /// Whether the rule is about a change: it reads the object before it, and says nothing about a new one
    pub fn is_transition(&self) -> bool {
        let mut found = false;
        self.expression.visit_paths(&mut |path, _| found |= path.origin == Origin::Old);
        found
    }
}

// === impl CelRule ===

impl CelRule {
    /// Kinds of error that the API server has for a rule
    pub const REASONS: &'static [&'static str] =
        &["FieldValueInvalid", "FieldValueForbidden", "FieldValueRequired", "FieldValueDuplicate"];
}

// === impl Expression ===

impl Expression {
    /// The value of a field of the struct
    pub fn field(name: &str) -> Self {
        Self::Path(Path { origin: Origin::This, steps: vec![name.to_owned()] })
    }

    /// `left operator right`
    pub fn binary(operator: BinaryOperator, left: Self, right: Self) -> Self {
        Self::Binary { operator, left: Box::new(left), right: Box::new(right) }
    }

    /// `operator operand`
    pub fn unary(operator: UnaryOperator, operand: Self) -> Self {
        Self::Unary { operator, operand: Box::new(operand) }
    }

    /// `receiver.function(arguments)`
    pub fn call(function: Function, receiver: Self, arguments: Vec<Self>) -> Self {
        Self::Call { function, receiver: Box::new(receiver), arguments }
    }
}

// === impl Path ===

impl Path {
    /// A path from the struct itself
    pub fn this(steps: Vec<String>) -> Self {
        Self { origin: Origin::This, steps }
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
