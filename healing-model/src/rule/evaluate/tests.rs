//! Arithmetic, connectives, functions and collections, and what is missing

use serde_json::json;

use super::*;
use crate::FieldKind;
use BinaryOperator as B;
use EvaluationError as E;
use Operand::{Boolean, Integer};

fn subject<'s>(fields: &'s [Field], spec: &'s Value) -> Subject<'s> {
    let new = spec.as_object().expect("specs of this test are objects");
    Subject { fields, new, old: None, matches: &|pattern, text| Some(text.contains(pattern)) }
}

fn evaluate<'s>(expression: &'s Expression, spec: &'s Value) -> Evaluated<'s> {
    Scope { subject: subject(&[], spec), variables: Vec::new() }.evaluate(expression)
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
        let (expression, nothing) = (Expression::binary(operator, int(left), int(right)), json!({}));
        assert_eq!(evaluate(&expression, &nothing), expected, "{left} {} {right}", operator.as_str());
    }
    let negated = Expression::unary(UnaryOperator::Negate, int(i64::MIN));
    assert_eq!(evaluate(&negated, &json!({})), Err(E::Overflow));
}

#[test]
fn a_number_and_a_text_differ() {
    for (operator, expected) in
        [(B::Equal, Ok(Boolean(false))), (B::NotEqual, Ok(Boolean(true))), (B::Less, Err(E::NoOverload))]
    {
        let percent = Expression::Text("0%".to_owned());
        for (left, right) in [(int(0), percent.clone()), (percent, int(0))] {
            let expression = Expression::binary(operator, left, right);
            assert_eq!(evaluate(&expression, &json!({})), expected, "{}", operator.as_str());
        }
    }
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
        rule.check(subject(&[field], &spec))
    };
    assert_eq!(check(field("a", true, None), json!({})), Ok(()));
    assert_eq!(check(field("a", true, None), json!({"a": null})), Ok(()));
    assert_eq!(
        check(field("a", true, None), json!({"a": 0})),
        Err(Broken::Rule("a must be at least 1".into()))
    );
    assert_eq!(
        check(field("a", false, None), json!({})),
        Err(Broken::Evaluation("no such key: a evaluating rule: a must be at least 1".into()))
    );
    assert_eq!(
        check(field("a", false, None), json!({"a": u64::MAX})),
        Err(Broken::Evaluation("no such overload evaluating rule: a must be at least 1".into()))
    );
}

#[test]
fn lists_without_an_order_are_the_same_in_any() {
    let field = |kind: Option<&str>| Field {
        name: "a".into(),
        kind: FieldKind::List(Box::new(FieldKind::String)),
        constraints: kind
            .map(|kind| ("x-kubernetes-list-type".to_owned(), kind.into()))
            .into_iter()
            .collect(),
        ..Field::default()
    };
    let old = Expression::Path(Path { origin: Origin::Old, steps: vec!["a".to_owned()] });
    let rule = Rule::new(Some("a"), Expression::binary(B::Equal, Expression::field("a"), old), "same");
    let (new, before) = (json!({"a": ["x", "y"]}), json!({"a": ["y", "x"]}));
    for (kind, same) in [(Some("set"), true), (Some("map"), true), (Some("atomic"), false), (None, false)] {
        let fields = [field(kind)];
        let subject = Subject { old: before.as_object(), ..subject(&fields, &new) };
        assert_eq!(rule.check(subject).is_ok(), same, "{kind:?}");
    }
}
