//! Rules in Rust, with CEL's semantics: checked 64-bit integers, errors that `&&` and `||` absorb
//!
//! It owns what one rule says about one struct. An error in a rule is a broken rule, as it is for the API server.

mod operand;

#[cfg(test)]
mod tests;

use std::{borrow::Cow, fmt};

use serde_json::{Map, Value};

use crate::{
    BinaryOperator, Expression, Field, FieldKind, Function, MessagePart, Origin, Part, Path, Quantifier,
    Rule, UnaryOperator,
};
use operand::{Evaluated, Operand, Place, apply, apply_function, boolean, operand};

/// Whether a regular expression is found in a text: pattern, then text; `None` for a pattern that cannot be read
pub type Matches<'m> = &'m dyn Fn(&str, &str) -> Option<bool>;

/// Longest message with values in it, in bytes; for a longer one the API server tells the message without
const MESSAGE_MAX: usize = 5 * 1024;

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
    /// Not retried: a regular expression cannot be read
    Pattern(String),
    /// Not retried: an operator got a value of a type that it does not take
    NoOverload,
}

/// Why a struct does not keep a rule, with the message for whoever wrote the object
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Broken {
    /// The rule does not hold
    Rule(String),
    /// The rule has no value; the message begins with the cause
    Evaluation(String),
}

/// What a rule is asked about
#[derive(Clone, Copy)]
pub(crate) struct Subject<'s> {
    /// The declared fields of the struct
    pub(crate) fields: &'s [Field],
    /// Its values
    pub(crate) new: &'s Map<String, Value>,
    /// Its values before the change; a new object has none
    pub(crate) old: Option<&'s Map<String, Value>>,
    /// How regular expressions are read
    pub(crate) matches: Matches<'s>,
}

/// Where expressions find values
struct Scope<'s> {
    subject: Subject<'s>,
    variables: Vec<(&'s str, Place<'s>)>,
}

impl Rule {
    /// Whether the struct, with its defaults filled in, keeps the rule
    ///
    /// Where a field without default is missing the rule has nothing to say, as its guard in CEL has it; a rule about
    /// a change has nothing to say about a new object.
    ///
    /// # Errors
    ///
    /// What to tell whoever wrote the object.
    pub(crate) fn check(&self, subject: Subject<'_>) -> Result<(), Broken> {
        let mut scope = Scope { subject, variables: Vec::new() };
        if subject.old.is_none() && self.is_transition() {
            return Ok(());
        }
        if self.guarded(subject.fields).iter().any(|path| scope.find(path).is_err()) {
            return Ok(());
        }
        match scope.evaluate(&self.expression) {
            Ok(Operand::Boolean(true)) => Ok(()),
            Ok(Operand::Boolean(false)) => Err(Broken::Rule(self.message_about(&mut scope))),
            Ok(_) => Err(self.explain(&EvaluationError::NoOverload)),
            Err(error) => Err(self.explain(&error)),
        }
    }

    /// The message with its values; where one has no value, the message without
    fn message_about<'s>(&'s self, scope: &mut Scope<'s>) -> String {
        let parts = self.parts.iter().map(|part| match part {
            MessagePart::Text(text) => Some(text.clone()),
            MessagePart::Value(value) => match scope.evaluate(value).ok()? {
                Operand::Integer(number) => Some(number.to_string()),
                Operand::Boolean(value) => Some(value.to_string()),
                Operand::Text(text) => Some(text.into_owned()),
                Operand::Decimal(_) | Operand::List(..) | Operand::Map(_) => None,
            },
        });
        let text = parts.collect::<Option<Vec<_>>>().map(|parts| parts.concat().trim().to_owned());
        text.filter(|text| !text.is_empty() && !text.contains('\n') && text.len() <= MESSAGE_MAX)
            .unwrap_or_else(|| self.message.clone())
    }

    fn explain(&self, error: &EvaluationError) -> Broken {
        Broken::Evaluation(format!("{error} evaluating rule: {}", self.message))
    }
}

// === impl Scope ===

impl<'s> Scope<'s> {
    /// The value at a path; a null is no value
    fn find(&self, path: &Path) -> Result<Place<'s>, EvaluationError> {
        let missing = |name: &str| EvaluationError::Missing(name.to_owned());
        let mut fields = Some(self.subject.fields);
        let (mut value, rest) = match &path.origin {
            Origin::This | Origin::Old => {
                let Some((first, rest)) = path.steps.split_first() else {
                    return Err(EvaluationError::NoOverload);
                };
                let values =
                    if path.origin == Origin::This { Some(self.subject.new) } else { self.subject.old };
                let given = values.and_then(|values| values.get(first)).filter(|value| !value.is_null());
                (given.ok_or_else(|| missing(first))?, rest)
            }
            Origin::Variable(name) => {
                let known = self.variables.iter().rev().find(|(variable, _)| variable == name);
                match known.ok_or_else(|| missing(name))?.1 {
                    place @ Place::Value(..) if path.steps.is_empty() => return Ok(place),
                    // What a variable stands for is known by its value alone.
                    Place::Value(value, _) => {
                        fields = None;
                        (value, path.steps.as_slice())
                    }
                    key @ Place::Key(_) => return Ok(key),
                }
            }
        };
        let mut field = path.steps.first().and_then(|name| named(fields?, name));
        for name in rest {
            let next = value.get(name).filter(|value| !value.is_null());
            value = next.ok_or_else(|| missing(name))?;
            field = match field.map(|field| &field.kind) {
                Some(FieldKind::Object(shape)) => named(&shape.fields, name),
                _ => None,
            };
        }
        let kind = field.and_then(|field| field.constraints.get("x-kubernetes-list-type"));
        Ok(Place::Value(value, kind.is_some_and(|kind| kind == "set" || kind == "map")))
    }

    fn evaluate(&mut self, expression: &'s Expression) -> Evaluated<'s> {
        match expression {
            Expression::Integer(number) => Ok(Operand::Integer(*number)),
            Expression::Decimal(number) => {
                number.as_f64().map(Operand::Decimal).ok_or(EvaluationError::NoOverload)
            }
            Expression::Boolean(value) => Ok(Operand::Boolean(*value)),
            Expression::Text(text) => Ok(Operand::Text(Cow::Borrowed(text))),
            Expression::Constant(_) => Err(EvaluationError::NoOverload),
            Expression::Path(path) => operand(self.find(path)?),
            Expression::Unary { operator, operand } => match (operator, self.evaluate(operand)?) {
                (UnaryOperator::Not, Operand::Boolean(value)) => Ok(Operand::Boolean(!value)),
                (UnaryOperator::Negate, Operand::Integer(number)) => {
                    number.checked_neg().map(Operand::Integer).ok_or(EvaluationError::Overflow)
                }
                (UnaryOperator::Negate, Operand::Decimal(number)) => Ok(Operand::Decimal(-number)),
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
            Expression::Conditional { condition, then, otherwise } => {
                let holds = self.evaluate(condition).and_then(|value| boolean(&value))?;
                self.evaluate(if holds { then } else { otherwise })
            }
            Expression::Call { function, receiver, arguments } => self.call(*function, receiver, arguments),
            Expression::OneOf { element, values } => self.one_of(element, values),
            Expression::Each { quantifier, over, part, variable, body } => {
                self.each(*quantifier, over, *part, (variable, body))
            }
            Expression::MapOr { over, otherwise, variable, body } => match self.find(over) {
                Ok(place) => self.under(variable, place, body),
                Err(EvaluationError::Missing(name)) if over.steps.last() == Some(&name) => {
                    self.evaluate(otherwise)
                }
                Err(error) => Err(error),
            },
        }
    }

    /// `&&` and `||`: one operand that decides is enough, whatever the other one is, an error included
    fn connect(&mut self, left: &'s Expression, right: &'s Expression, decides: bool) -> Evaluated<'s> {
        let left = self.evaluate(left).and_then(|value| boolean(&value));
        let right = self.evaluate(right).and_then(|value| boolean(&value));
        if left == Ok(decides) || right == Ok(decides) {
            return Ok(Operand::Boolean(decides));
        }
        left.and(right).map(Operand::Boolean)
    }

    fn call(
        &mut self,
        function: Function,
        receiver: &'s Expression,
        arguments: &'s [Expression],
    ) -> Evaluated<'s> {
        if let (Function::IsSome | Function::IsNone, Expression::Path(path)) = (function, receiver) {
            let there = match self.find(path) {
                Ok(_) => true,
                Err(EvaluationError::Missing(name)) if path.steps.last() == Some(&name) => false,
                Err(error) => return Err(error),
            };
            return Ok(Operand::Boolean(there == (function == Function::IsSome)));
        }
        let receiver = self.evaluate(receiver)?;
        let argument = arguments.first().map(|argument| self.evaluate(argument)).transpose()?;
        apply_function(function, receiver, argument, self.subject.matches)
    }

    fn one_of(&mut self, element: &'s Expression, values: &'s [Expression]) -> Evaluated<'s> {
        let element = self.evaluate(element)?;
        let mut found = false;
        for value in values {
            let value = self.evaluate(value)?;
            found |= apply(BinaryOperator::Equal, element.clone(), value)? == Operand::Boolean(true);
        }
        Ok(Operand::Boolean(found))
    }

    /// One item that decides is enough, whatever the others are, errors included
    fn each(
        &mut self,
        quantifier: Quantifier,
        over: &'s Expression,
        part: Part,
        (variable, body): (&'s str, &'s Expression),
    ) -> Evaluated<'s> {
        let places: Vec<Place<'s>> = match (self.evaluate(over)?, part) {
            (Operand::List(items, _), Part::Items) => {
                items.iter().map(|item| Place::Value(item, false)).collect()
            }
            (Operand::Map(entries), Part::Keys) => entries.keys().map(|key| Place::Key(key)).collect(),
            (Operand::Map(entries), Part::Values) => {
                entries.values().map(|value| Place::Value(value, false)).collect()
            }
            _ => return Err(EvaluationError::NoOverload),
        };
        let decides = quantifier == Quantifier::Any;
        let mut failed = None;
        for place in places {
            match self.under(variable, place, body).and_then(|value| boolean(&value)) {
                Ok(value) if value == decides => return Ok(Operand::Boolean(decides)),
                Ok(_) => {}
                Err(error) => failed = failed.or(Some(error)),
            }
        }
        failed.map_or(Ok(Operand::Boolean(!decides)), Err)
    }

    fn under(&mut self, variable: &'s str, place: Place<'s>, body: &'s Expression) -> Evaluated<'s> {
        self.variables.push((variable, place));
        let value = self.evaluate(body);
        self.variables.pop();
        value
    }
}

fn named<'f>(fields: &'f [Field], name: &str) -> Option<&'f Field> {
    fields.iter().find(|field| field.name == name)
}

// === impl EvaluationError ===

impl fmt::Display for EvaluationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Overflow => f.write_str("integer overflow"),
            Self::DivisionByZero => f.write_str("division by zero"),
            Self::RemainderByZero => f.write_str("modulus by zero"),
            Self::Pattern(pattern) => write!(f, "cannot read the regular expression {pattern:?}"),
            Self::Missing(name) => write!(f, "no such key: {name}"),
            Self::NoOverload => f.write_str("no such overload"),
        }
    }
}

impl std::error::Error for EvaluationError {}
