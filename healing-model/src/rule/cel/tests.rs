//! The text of each form: parentheses, names, guards and places

use super::*;
use crate::FieldKind;
use BinaryOperator as B;

fn field(name: &str) -> Expression {
    Expression::field(name)
}

fn int(number: i64) -> Expression {
    Expression::Integer(number)
}

fn cel(expression: Expression) -> String {
    Rule::new(Some("a"), expression, "m").cel(&[])
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
fn a_closure_in_a_closure_has_a_name_of_its_own() {
    let each = |over, body| Expression::Each {
        quantifier: Quantifier::All,
        over: Box::new(over),
        part: Part::Values,
        variable: "v".to_owned(),
        body: Box::new(body),
    };
    let v = || Expression::Path(Path { origin: Origin::Variable("v".to_owned()), steps: Vec::new() });
    let inner = each(v(), Expression::binary(B::Greater, v(), int(0)));
    assert_eq!(cel(each(field("m"), inner)), "self.m.all(v, self.m[v].all(v_, self.m[v][v_] > 0))");
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
    let rule = Rule::new(Some("a"), Expression::binary(B::Less, sum, field("b")), "m");
    assert_eq!(rule.cel(&fields), "!has(self.a) || !has(self.b) || self.a + (self.a + self.c) < self.b");
}

#[test]
fn field_paths_are_relative_to_the_spec() {
    let at = |name: &str| Rule::bound(name, B::Less, 1, "m").field_path();
    assert_eq!(at("replicaCount").as_deref(), Some(".replicaCount"));
    assert_eq!(at("a-b").as_deref(), Some("['a-b']"));
}
