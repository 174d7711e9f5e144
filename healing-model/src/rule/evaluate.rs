//! Rules in Rust, with CEL's semantics: checked 64-bit integers, errors that `&&` and `||` absorb
//!
//! It owns what one rule says about one spec. An error in a rule is a broken rule, as it is for the API server.

use std::fmt;

use serde_json::{Map, Value};

use crate::{BinaryOperator, Expression, Field, Rule, UnaryOperator};

/// Why an expression has no value
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EvaluationError {
    /// Not retried: a result does not fit 64 bits
    Overflow,
    /// Not retried: `/` by zero
    DivisionByZero,
    /// Not retried: `%` by zero
    RemainderByZero,
    /// Not retried: the object has no such field
    Missing(String),
    /// Not retried: an operator got a value of a type that it does not take
    NoOverload,
}

/// What an expression can be
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operand {
    Integer(i64),
    Boolean(bool),
}

/// Where expressions find the values of fields
struct Scope<'s> {
    fields: &'s [Field],
    spec: &'s Map<String, Value>,
}

impl Rule {
    /// Whether `spec` keeps the rule; a field that is left out counts with its default
    ///
    /// Where a field without default is missing the rule has nothing to say, as its guard in CEL has it.
    ///
    /// # Errors
    ///
    /// The message for whoever wrote the object: the rule's own, after the cause where the rule has no value.
    pub fn check(&self, fields: &[Field], spec: &Map<String, Value>) -> Result<(), String> {
        let scope = Scope { fields, spec };
        if self.guarded(fields).iter().any(|name| scope.value(name).is_none()) {
            return Ok(());
        }
        match scope.evaluate(&self.expression) {
            Ok(Operand::Boolean(true)) => Ok(()),
            Ok(Operand::Boolean(false)) => Err(self.message.clone()),
            Ok(Operand::Integer(_)) => Err(self.explain(&EvaluationError::NoOverload)),
            Err(error) => Err(self.explain(&error)),
        }
    }

    fn explain(&self, error: &EvaluationError) -> String {
        format!("{error} evaluating rule: {}", self.message)
    }
}

// === impl Scope ===

impl Scope<'_> {
    fn value(&self, name: &str) -> Option<&Value> {
        let given = self.spec.get(name).filter(|value| !value.is_null());
        given.or_else(|| self.fields.iter().find(|field| field.name == name)?.default.as_ref())
    }

    fn evaluate(&self, expression: &Expression) -> Result<Operand, EvaluationError> {
        match expression {
            Expression::Integer(number) => Ok(Operand::Integer(*number)),
            Expression::Boolean(value) => Ok(Operand::Boolean(*value)),
            Expression::Field(name) => match self.value(name) {
                None => Err(EvaluationError::Missing(name.clone())),
                Some(Value::Bool(value)) => Ok(Operand::Boolean(*value)),
                Some(value) => value.as_i64().map(Operand::Integer).ok_or(EvaluationError::NoOverload),
            },
            Expression::Unary { operator, operand } => match (operator, self.evaluate(operand)?) {
                (UnaryOperator::Not, Operand::Boolean(value)) => Ok(Operand::Boolean(!value)),
                (UnaryOperator::Negate, Operand::Integer(number)) => {
                    number.checked_neg().map(Operand::Integer).ok_or(EvaluationError::Overflow)
                }
                _ => Err(EvaluationError::NoOverload),
            },
            Expression::Binary { operator: BinaryOperator::And, left, right } => {
                self.connect(left, right, false)
            }
            Expression::Binary { operator: BinaryOperator::Or, left, right } => {
                self.connect(left, right, true)
            }
            Expression::Binary { operator, left, right } => {
                apply(*operator, self.evaluate(left)?, self.evaluate(right)?)
            }
        }
    }

    /// `&&` and `||`: one operand that decides is enough, whatever the other one is, an error included
    fn connect(
        &self,
        left: &Expression,
        right: &Expression,
        decides: bool,
    ) -> Result<Operand, EvaluationError> {
        let left = self.evaluate(left).and_then(boolean);
        let right = self.evaluate(right).and_then(boolean);
        if left == Ok(decides) || right == Ok(decides) {
            return Ok(Operand::Boolean(decides));
        }
        left.and(right).map(Operand::Boolean)
    }
}

fn boolean(operand: Operand) -> Result<bool, EvaluationError> {
    match operand {
        Operand::Boolean(value) => Ok(value),
        Operand::Integer(_) => Err(EvaluationError::NoOverload),
    }
}

fn apply(operator: BinaryOperator, left: Operand, right: Operand) -> Result<Operand, EvaluationError> {
    use BinaryOperator as B;
    match (operator, left, right) {
        (B::Equal, Operand::Boolean(left), Operand::Boolean(right)) => Ok(Operand::Boolean(left == right)),
        (B::NotEqual, Operand::Boolean(left), Operand::Boolean(right)) => Ok(Operand::Boolean(left != right)),
        (_, Operand::Integer(left), Operand::Integer(right)) => match operator {
            B::Equal => Ok(Operand::Boolean(left == right)),
            B::NotEqual => Ok(Operand::Boolean(left != right)),
            B::Less => Ok(Operand::Boolean(left < right)),
            B::LessOrEqual => Ok(Operand::Boolean(left <= right)),
            B::Greater => Ok(Operand::Boolean(left > right)),
            B::GreaterOrEqual => Ok(Operand::Boolean(left >= right)),
            B::Divide if right == 0 => Err(EvaluationError::DivisionByZero),
            B::Remainder if right == 0 => Err(EvaluationError::RemainderByZero),
            B::Add => checked(left.checked_add(right)),
            B::Subtract => checked(left.checked_sub(right)),
            B::Multiply => checked(left.checked_mul(right)),
            B::Divide => checked(left.checked_div(right)),
            B::Remainder => checked(left.checked_rem(right)),
            B::And | B::Or => Err(EvaluationError::NoOverload),
        },
        _ => Err(EvaluationError::NoOverload),
    }
}

fn checked(result: Option<i64>) -> Result<Operand, EvaluationError> {
    result.map(Operand::Integer).ok_or(EvaluationError::Overflow)
}

// === impl EvaluationError ===

impl fmt::Display for EvaluationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Overflow => f.write_str("integer overflow"),
            Self::DivisionByZero => f.write_str("division by zero"),
            Self::RemainderByZero => f.write_str("modulus by zero"),
            Self::Missing(name) => write!(f, "no such key: {name}"),
            Self::NoOverload => f.write_str("no such overload"),
        }
    }
}

impl std::error::Error for EvaluationError {}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::FieldKind;
    use BinaryOperator as B;
    use EvaluationError as E;
    use Operand::{Boolean, Integer};

    fn evaluate(expression: &Expression, spec: &Value) -> Result<Operand, EvaluationError> {
        let spec = spec.as_object().expect("specs of this test are objects");
        Scope { fields: &[], spec }.evaluate(expression)
    }

    fn int(number: i64) -> Expression {
        Expression::Integer(number)
    }

    #[test]
    fn arithmetic_is_checked() {
        let table = [
            (B::Add, i64::MAX, 1, Err(E::Overflow)),
            (B::Subtract, i64::MIN, 1, Err(E::Overflow)),
            (B::Multiply, i64::MAX, 2, Err(E::Overflow)),
            (B::Divide, i64::MIN, -1, Err(E::Overflow)),
            (B::Remainder, i64::MIN, -1, Err(E::Overflow)),
            (B::Divide, 1, 0, Err(E::DivisionByZero)),
            (B::Remainder, 1, 0, Err(E::RemainderByZero)),
            (B::Divide, -7, 2, Ok(Integer(-3))),
            (B::Remainder, -7, 2, Ok(Integer(-1))),
            (B::Less, 1, 2, Ok(Boolean(true))),
            (B::GreaterOrEqual, 1, 2, Ok(Boolean(false))),
            (B::NotEqual, 1, 2, Ok(Boolean(true))),
        ];
        for (operator, left, right, expected) in table {
            let found = evaluate(&Expression::binary(operator, int(left), int(right)), &json!({}));
            assert_eq!(found, expected, "{left} {} {right}", operator.as_str());
        }
        let negated = Expression::unary(UnaryOperator::Negate, int(i64::MIN));
        assert_eq!(evaluate(&negated, &json!({})), Err(E::Overflow));
    }

    #[test]
    fn connectives_absorb_errors() {
        let failing = || Expression::binary(B::Equal, Expression::binary(B::Divide, int(1), int(0)), int(1));
        let value = Expression::Boolean;
        let table = [
            (B::And, failing(), value(false), Ok(Boolean(false))),
            (B::And, value(false), failing(), Ok(Boolean(false))),
            (B::And, failing(), value(true), Err(E::DivisionByZero)),
            (B::Or, failing(), value(true), Ok(Boolean(true))),
            (B::Or, value(true), failing(), Ok(Boolean(true))),
            (B::Or, value(false), failing(), Err(E::DivisionByZero)),
        ];
        for (operator, left, right, expected) in table {
            assert_eq!(evaluate(&Expression::binary(operator, left, right), &json!({})), expected);
        }
    }

    #[test]
    fn missing_values_are_guarded_or_defaulted() {
        let field = |name: &str, optional, default: Option<i64>| Field {
            name: name.into(),
            kind: FieldKind::Integer { bits: 32, signed: true },
            optional,
            default: default.map(Into::into),
            ..Field::default()
        };
        let check = |field: Field, spec: Value| {
            let rule = Rule::bound("a", B::GreaterOrEqual, 1, "a must be at least 1");
            rule.check(&[field], spec.as_object().expect("specs of this test are objects"))
        };
        assert_eq!(check(field("a", true, None), json!({})), Ok(()));
        assert_eq!(check(field("a", true, None), json!({"a": null})), Ok(()));
        assert_eq!(check(field("a", true, None), json!({"a": 0})), Err("a must be at least 1".into()));
        assert_eq!(check(field("a", true, Some(0)), json!({})), Err("a must be at least 1".into()));
        assert_eq!(
            check(field("a", false, None), json!({})),
            Err("no such key: a evaluating rule: a must be at least 1".into())
        );
        assert_eq!(
            check(field("a", false, None), json!({"a": u64::MAX})),
            Err("no such overload evaluating rule: a must be at least 1".into())
        );
    }
}
