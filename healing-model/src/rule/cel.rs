//! Rules as CEL, the language of `x-kubernetes-validations`
//!
//! It owns the text: operators with the fewest parentheses that keep the meaning, escaped field names, and the guard
//! for fields that may be missing.

use crate::{BinaryOperator, Expression, Field, Rule, UnaryOperator};

/// Words that CEL keeps for itself; as a field's name they are written `__word__`
const RESERVED: &[&str] = &[
    "as",
    "break",
    "const",
    "continue",
    "else",
    "false",
    "for",
    "function",
    "if",
    "import",
    "in",
    "let",
    "loop",
    "namespace",
    "null",
    "package",
    "return",
    "true",
    "var",
    "void",
    "while",
];

/// How tightly an expression binds; an operand that binds less tightly than its place asks for gets parentheses
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Binding {
    Or,
    And,
    Comparison,
    Sum,
    Product,
    Unary,
    Atom,
}

impl Rule {
    /// The rule as a CEL expression on the spec, such as `self.healthThreshold <= self.replicaCount`
    ///
    /// A field that may be missing is guarded: `!has(self.x) || …`, because reading a missing field is an error.
    pub fn cel(&self, fields: &[Field]) -> String {
        let mut text = String::new();
        for name in self.guarded(fields) {
            text.push_str("!has(self.");
            text.push_str(&escaped(name));
            text.push_str(") || ");
        }
        // Nothing binds less tightly than the `||` of the guards, so the rule itself needs no parentheses.
        write(&self.expression, &mut text);
        text
    }

    /// Where a broken rule is reported, as a path from the spec: `.replicaCount`
    pub fn field_path(&self) -> String {
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if self.field.chars().all(plain) { format!(".{}", self.field) } else { format!("['{}']", self.field) }
    }
}

fn write(expression: &Expression, text: &mut String) {
    match expression {
        Expression::Integer(number) => text.push_str(&number.to_string()),
        Expression::Boolean(value) => text.push_str(if *value { "true" } else { "false" }),
        Expression::Field(name) => {
            text.push_str("self.");
            text.push_str(&escaped(name));
        }
        Expression::Unary { operator, operand } => {
            text.push_str(operator.as_str());
            // `--1` would read as a doubled operator.
            let negative = text.ends_with('-') && starts_with_minus(operand);
            write_operand(operand, Binding::Unary, negative, text);
        }
        Expression::Binary { operator, left, right } => {
            let own = binding(expression);
            // Rust refuses `a < b < c`, CEL reads it from the left; parentheses on both sides suit both readers.
            let left_place = if own == Binding::Comparison { Binding::Sum } else { own };
            write_operand(left, left_place, false, text);
            text.push(' ');
            text.push_str(operator.as_str());
            text.push(' ');
            // Every operator groups from the left, so an equal one on the right needs parentheses.
            write_operand(right, tighter(own), false, text);
        }
    }
}

fn write_operand(operand: &Expression, place: Binding, always: bool, text: &mut String) {
    if always || binding(operand) < place {
        text.push('(');
        write(operand, text);
        text.push(')');
    } else {
        write(operand, text);
    }
}

fn starts_with_minus(expression: &Expression) -> bool {
    match expression {
        Expression::Integer(number) => *number < 0,
        Expression::Unary { operator, .. } => *operator == UnaryOperator::Negate,
        _ => false,
    }
}

fn binding(expression: &Expression) -> Binding {
    match expression {
        Expression::Integer(_) | Expression::Boolean(_) | Expression::Field(_) => Binding::Atom,
        Expression::Unary { .. } => Binding::Unary,
        Expression::Binary { operator, .. } => match operator {
            BinaryOperator::Or => Binding::Or,
            BinaryOperator::And => Binding::And,
            BinaryOperator::Add | BinaryOperator::Subtract => Binding::Sum,
            BinaryOperator::Multiply | BinaryOperator::Divide | BinaryOperator::Remainder => Binding::Product,
            _ => Binding::Comparison,
        },
    }
}

fn tighter(binding: Binding) -> Binding {
    match binding {
        Binding::Or => Binding::And,
        Binding::And => Binding::Comparison,
        Binding::Comparison => Binding::Sum,
        Binding::Sum => Binding::Product,
        Binding::Product => Binding::Unary,
        Binding::Unary | Binding::Atom => Binding::Atom,
    }
}

/// A property name as CEL wants it: reserved words, `__`, `.`, `-` and `/` are escaped
fn escaped(name: &str) -> String {
    if RESERVED.contains(&name) {
        return format!("__{name}__");
    }
    name.replace("__", "__underscores__")
        .replace('.', "__dot__")
        .replace('-', "__dash__")
        .replace('/', "__slash__")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::FieldKind;
    use BinaryOperator as B;

    fn field(name: &str) -> Expression {
        Expression::Field(name.to_owned())
    }

    fn int(number: i64) -> Expression {
        Expression::Integer(number)
    }

    fn cel(expression: Expression) -> String {
        Rule { field: "a".into(), expression, message: "m".into() }.cel(&[])
    }

    #[test]
    fn parentheses_are_the_fewest_that_keep_the_meaning() {
        let bin = Expression::binary;
        let not = |e| Expression::unary(UnaryOperator::Not, e);
        let neg = |e| Expression::unary(UnaryOperator::Negate, e);
        let (a, b, c) = (|| field("a"), || field("b"), || field("c"));
        let table = [
            (bin(B::LessOrEqual, a(), b()), "self.a <= self.b"),
            (bin(B::Add, bin(B::Add, a(), b()), c()), "self.a + self.b + self.c"),
            (bin(B::Subtract, a(), bin(B::Subtract, b(), c())), "self.a - (self.b - self.c)"),
            (bin(B::Multiply, bin(B::Add, a(), int(1)), c()), "(self.a + 1) * self.c"),
            (bin(B::Add, bin(B::Multiply, a(), int(1)), c()), "self.a * 1 + self.c"),
            (bin(B::Divide, a(), bin(B::Remainder, b(), c())), "self.a / (self.b % self.c)"),
            (bin(B::And, bin(B::Or, a(), b()), c()), "(self.a || self.b) && self.c"),
            (bin(B::Or, a(), bin(B::And, b(), c())), "self.a || self.b && self.c"),
            (bin(B::Equal, bin(B::Less, a(), b()), c()), "(self.a < self.b) == self.c"),
            (bin(B::Equal, c(), bin(B::Less, a(), b())), "self.c == (self.a < self.b)"),
            (not(bin(B::And, a(), b())), "!(self.a && self.b)"),
            (not(a()), "!self.a"),
            (neg(bin(B::Add, a(), b())), "-(self.a + self.b)"),
            (neg(neg(a())), "-(-self.a)"),
            (neg(int(-1)), "-(-1)"),
            (bin(B::Subtract, a(), int(-1)), "self.a - -1"),
            (int(i64::MIN), "-9223372036854775808"),
            (Expression::Boolean(true), "true"),
        ];
        for (expression, expected) in table {
            assert_eq!(cel(expression), expected);
        }
    }

    #[test]
    fn names_that_cel_cannot_read_are_escaped() {
        assert_eq!(cel(field("in")), "self.__in__");
        assert_eq!(cel(field("a-b")), "self.a__dash__b");
        assert_eq!(cel(field("a__b")), "self.a__underscores__b");
    }

    #[test]
    fn fields_that_may_be_missing_are_guarded_once() {
        let declared = |name: &str, default: Option<i64>| Field {
            name: name.into(),
            kind: FieldKind::Integer { bits: 32, signed: true },
            optional: true,
            default: default.map(Into::into),
            ..Field::default()
        };
        let fields = [declared("a", None), declared("b", None), declared("c", Some(1))];
        let sum = Expression::binary(B::Add, field("a"), Expression::binary(B::Add, field("a"), field("c")));
        let rule = Rule {
            field: "a".into(),
            expression: Expression::binary(B::Less, sum, field("b")),
            message: "m".into(),
        };
        assert_eq!(rule.cel(&fields), "!has(self.a) || !has(self.b) || self.a + (self.a + self.c) < self.b");
    }

    #[test]
    fn field_paths_are_relative_to_the_spec() {
        let at = |name: &str| Rule::bound(name, B::Less, 1, "m").field_path();
        assert_eq!(at("replicaCount"), ".replicaCount");
        assert_eq!(at("a-b"), "['a-b']");
    }
}
