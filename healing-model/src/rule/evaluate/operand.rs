//! Values in a rule: what operators and functions make of them
//!
//! It owns CEL's arithmetic, comparisons and functions on values. Where values come from is `evaluate`'s.

use std::{borrow::Cow, cmp::Ordering};

use serde_json::{Map, Value};

use super::{EvaluationError, Matches};
use crate::{BinaryOperator, Function};

/// What an expression can be
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Operand<'v> {
    Integer(i64),
    Decimal(f64),
    Boolean(bool),
    Text(Cow<'v, str>),
    /// Its items, and whether their order says nothing, as in a set
    List(&'v [Value], bool),
    Map(&'v Map<String, Value>),
}

pub(super) type Evaluated<'v> = Result<Operand<'v>, EvaluationError>;

/// What a variable stands for
#[derive(Clone, Copy)]
pub(super) enum Place<'s> {
    /// A value, and whether it is a list whose order says nothing
    Value(&'s Value, bool),
    Key(&'s str),
}

pub(super) fn operand(place: Place<'_>) -> Evaluated<'_> {
    Ok(match place {
        Place::Key(key) => Operand::Text(Cow::Borrowed(key)),
        Place::Value(Value::Bool(value), _) => Operand::Boolean(*value),
        Place::Value(Value::String(text), _) => Operand::Text(Cow::Borrowed(text)),
        Place::Value(Value::Array(items), unordered) => Operand::List(items, unordered),
        Place::Value(Value::Object(entries), _) => Operand::Map(entries),
        Place::Value(value @ Value::Number(number), _) => match value.as_i64() {
            Some(whole) => Operand::Integer(whole),
            None if number.is_f64() => Operand::Decimal(number.as_f64().unwrap_or_default()),
            None => return Err(EvaluationError::NoOverload),
        },
        Place::Value(Value::Null, _) => return Err(EvaluationError::NoOverload),
    })
}

pub(super) fn boolean(operand: &Operand<'_>) -> Result<bool, EvaluationError> {
    match operand {
        Operand::Boolean(value) => Ok(*value),
        _ => Err(EvaluationError::NoOverload),
    }
}

pub(super) fn apply_function<'v>(
    function: Function,
    receiver: Operand<'v>,
    argument: Option<Operand<'v>>,
    matches: Matches<'_>,
) -> Evaluated<'v> {
    let length = |length: usize| i64::try_from(length).map_err(|_| EvaluationError::Overflow);
    Ok(match (function, receiver, argument) {
        (Function::Len | Function::IsEmpty, receiver, None) => {
            let size = length(match receiver {
                Operand::Text(text) => text.chars().count(),
                Operand::List(items, _) => items.len(),
                Operand::Map(entries) => entries.len(),
                _ => return Err(EvaluationError::NoOverload),
            })?;
            if function == Function::Len { Operand::Integer(size) } else { Operand::Boolean(size == 0) }
        }
        (Function::StartsWith, Operand::Text(text), Some(Operand::Text(other))) => {
            Operand::Boolean(text.starts_with(&*other))
        }
        (Function::EndsWith, Operand::Text(text), Some(Operand::Text(other))) => {
            Operand::Boolean(text.ends_with(&*other))
        }
        (Function::Contains, Operand::Text(text), Some(Operand::Text(other))) => {
            Operand::Boolean(text.contains(&*other))
        }
        (Function::Matches, Operand::Text(text), Some(Operand::Text(pattern))) => {
            let found = matches(&pattern, &text);
            Operand::Boolean(found.ok_or_else(|| EvaluationError::Pattern(pattern.into_owned()))?)
        }
        (Function::ContainsItem, Operand::List(items, _), Some(item)) => {
            let mut found = false;
            for other in items {
                let other = operand(Place::Value(other, false))?;
                found |= apply(BinaryOperator::Equal, other, item.clone())? == Operand::Boolean(true);
            }
            Operand::Boolean(found)
        }
        (Function::ContainsKey, Operand::Map(entries), Some(Operand::Text(key))) => {
            Operand::Boolean(entries.contains_key(&*key))
        }
        (Function::ToAsciiLowercase, Operand::Text(text), None) => {
            Operand::Text(Cow::Owned(text.to_ascii_lowercase()))
        }
        (Function::ToAsciiUppercase, Operand::Text(text), None) => {
            Operand::Text(Cow::Owned(text.to_ascii_uppercase()))
        }
        _ => return Err(EvaluationError::NoOverload),
    })
}

pub(super) fn apply<'v>(operator: BinaryOperator, left: Operand<'v>, right: Operand<'v>) -> Evaluated<'v> {
    use BinaryOperator as B;
    match (operator, left, right) {
        (B::Add | B::Subtract | B::Multiply | B::Divide | B::Remainder, left, right) => {
            let (Operand::Integer(left), Operand::Integer(right)) = (left, right) else {
                return Err(EvaluationError::NoOverload);
            };
            calculate(operator, left, right).map(Operand::Integer)
        }
        (B::And | B::Or, ..) => Err(EvaluationError::NoOverload),
        (B::Equal | B::NotEqual, left, right) => {
            let same = match (left, right) {
                (Operand::List(left, by_set), Operand::List(right, _)) if by_set => same_items(left, right),
                (Operand::List(left, _), Operand::List(right, _)) => left == right,
                (Operand::Map(left), Operand::Map(right)) => left == right,
                (Operand::Boolean(left), Operand::Boolean(right)) => left == right,
                // a number or a percentage is either
                (Operand::Text(_), Operand::Integer(_)) | (Operand::Integer(_), Operand::Text(_)) => false,
                (left, right) => order(&left, &right)?.is_some_and(Ordering::is_eq),
            };
            Ok(Operand::Boolean(same == (operator == B::Equal)))
        }
        (_, left, right) => {
            let order = order(&left, &right)?;
            Ok(Operand::Boolean(order.is_some_and(|order| match operator {
                B::Less => order.is_lt(),
                B::LessOrEqual => order.is_le(),
                B::Greater => order.is_gt(),
                _ => order.is_ge(),
            })))
        }
    }
}

/// Whether two lists have the same items, in whatever order
fn same_items(left: &[Value], right: &[Value]) -> bool {
    let sorted = |items: &[Value]| {
        let mut texts: Vec<String> = items.iter().map(Value::to_string).collect();
        texts.sort_unstable();
        texts
    };
    sorted(left) == sorted(right)
}

/// Texts by their characters, numbers by their value
fn order(left: &Operand<'_>, right: &Operand<'_>) -> Result<Option<Ordering>, EvaluationError> {
    Ok(match (left, right) {
        (Operand::Integer(left), Operand::Integer(right)) => Some(left.cmp(right)),
        (Operand::Text(left), Operand::Text(right)) => Some(left.cmp(right)),
        _ => float(left)?.partial_cmp(&float(right)?),
    })
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a field of numbers with a fraction holds a whole one: CEL rounds it too"
)]
fn float(operand: &Operand<'_>) -> Result<f64, EvaluationError> {
    match operand {
        Operand::Integer(number) => Ok(*number as f64),
        Operand::Decimal(number) => Ok(*number),
        _ => Err(EvaluationError::NoOverload),
    }
}

fn calculate(operator: BinaryOperator, left: i64, right: i64) -> Result<i64, EvaluationError> {
    use BinaryOperator as B;
    let result = match operator {
        B::Divide if right == 0 => return Err(EvaluationError::DivisionByZero),
        B::Remainder if right == 0 => return Err(EvaluationError::RemainderByZero),
        B::Add => left.checked_add(right),
        B::Subtract => left.checked_sub(right),
        B::Multiply => left.checked_mul(right),
        B::Divide => left.checked_div(right),
        B::Remainder => left.checked_rem(right),
        _ => return Err(EvaluationError::NoOverload),
    };
    result.ok_or(EvaluationError::Overflow)
}
