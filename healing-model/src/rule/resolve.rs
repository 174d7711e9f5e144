//! Names of fields as an object has them, and constants as values
//!
//! The derive sees one struct at a time: it writes names in Rust, and places for what only the program knows. This file
//! puts the serialized names and the values there, once, when the program starts.

use serde_json::Value;

use crate::{Expression, Field, FieldKind, Function, MessagePart, Origin, Part, Path, Rule};

impl Rule {
    /// The rule with serialized names and with the values of `constants`
    ///
    /// A name that no field has stays as it is: rustc has refused it, or the field's type is not declared with us.
    #[must_use]
    pub fn resolved(mut self, fields: &[Field], constants: &[Value]) -> Self {
        let mut scope = Scope { fields, constants, variables: Vec::new() };
        scope.expression(&mut self.expression);
        for part in &mut self.parts {
            if let MessagePart::Value(value) = part {
                scope.expression(value);
            }
        }
        self
    }
}

/// What names mean at one place of a rule
struct Scope<'s> {
    fields: &'s [Field],
    constants: &'s [Value],
    variables: Vec<(String, FieldKind)>,
}

// === impl Scope ===

impl Scope<'_> {
    /// Resolves an expression in place and tells its type, as far as it is one that has fields or items
    fn expression(&mut self, expression: &mut Expression) -> FieldKind {
        match expression {
            Expression::Constant(at) => {
                if let Some(value) = self.constants.get(*at).and_then(literal) {
                    *expression = value;
                }
                FieldKind::Other
            }
            Expression::Path(path) => self.path(path),
            Expression::Unary { operand, .. } => self.expression(operand),
            Expression::Binary { left, right, .. } => {
                self.expression(left);
                self.expression(right)
            }
            Expression::Conditional { condition, then, otherwise } => {
                self.expression(condition);
                self.expression(then);
                self.expression(otherwise)
            }
            Expression::Call { function, receiver, arguments } => {
                let kind = self.expression(receiver);
                // Where the derive did not see the type, it could not tell a text from a list.
                if *function == Function::Contains && matches!(kind, FieldKind::List(_)) {
                    *function = Function::ContainsItem;
                }
                self.all(arguments)
            }
            Expression::OneOf { element, values } => {
                self.expression(element);
                self.all(values)
            }
            Expression::Each { over, variable, body, part, .. } => {
                let kind = match (self.expression(over), part) {
                    (FieldKind::List(item), Part::Items) | (FieldKind::Map(item), Part::Values) => *item,
                    _ => FieldKind::Other,
                };
                self.under(variable, kind, body)
            }
            Expression::MapOr { over, otherwise, variable, body } => {
                let kind = self.path(over);
                self.expression(otherwise);
                self.under(variable, kind, body)
            }
            Expression::Integer(_)
            | Expression::Decimal(_)
            | Expression::Boolean(_)
            | Expression::Text(_) => FieldKind::Other,
        }
    }

    fn all(&mut self, expressions: &mut [Expression]) -> FieldKind {
        for one in expressions {
            self.expression(one);
        }
        FieldKind::Other
    }

    fn under(&mut self, variable: &str, kind: FieldKind, body: &mut Expression) -> FieldKind {
        self.variables.push((variable.to_owned(), kind));
        let found = self.expression(body);
        self.variables.pop();
        found
    }

    fn path(&self, path: &mut Path) -> FieldKind {
        let (mut kind, rest) = match &path.origin {
            Origin::This | Origin::Old => {
                let Some((first, rest)) = path.steps.split_first_mut() else { return FieldKind::Other };
                (step(self.fields, first), rest)
            }
            Origin::Variable(name) => {
                let known = self.variables.iter().rev().find(|(variable, _)| variable == name);
                let kind = known.map_or(FieldKind::Other, |(_, kind)| kind.clone());
                (kind, path.steps.as_mut_slice())
            }
        };
        for name in rest {
            kind = match &kind {
                FieldKind::Object(shape) => step(&shape.fields, name),
                _ => FieldKind::Other,
            };
        }
        kind
    }
}

/// Puts the serialized name in the place of the name in Rust, and tells the field's type
fn step(fields: &[Field], name: &mut String) -> FieldKind {
    let Some(field) = fields.iter().find(|field| field.ident() == name) else { return FieldKind::Other };
    name.clone_from(&field.name);
    field.kind.clone()
}

/// A value of the program as an expression; nothing for what a rule cannot hold
fn literal(value: &Value) -> Option<Expression> {
    Some(match value {
        Value::Bool(value) => Expression::Boolean(*value),
        Value::String(text) => Expression::Text(text.clone()),
        Value::Number(number) => match number.as_i64() {
            Some(whole) if number.is_i64() => Expression::Integer(whole),
            _ => Expression::Decimal(number.clone()),
        },
        Value::Null | Value::Array(_) | Value::Object(_) => return None,
    })
}
