//! Random rules and random objects: of every construct of the rule language, over fields of every type
//!
//! It owns the generator of rules. The struct that they are about is `subject`'s, objects of it are `object`'s. Who judges is
//! the tests' business: Rust, the CEL engine, and a real API server. The same seed gives the same rules and objects.

#[path = "random/object.rs"]
mod object;
#[path = "random/subject.rs"]
mod subject;

use fastrand::Rng;
use healing_model::{
    BinaryOperator as B, Expression as E, Function as F, MessagePart, Origin, Part, Path, Quantifier, Rule,
    UnaryOperator,
};

pub(crate) use object::{changed, value};
use object::{number, pick, word};
pub(crate) use subject::{schema, shape};

/// What a random expression gives
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Whole,
    Truth,
    Text,
    Decimal,
}

/// Names that a body may use beside the fields
#[derive(Clone, Copy)]
enum Inside {
    Nothing,
    /// `p`, a struct of the list
    Part,
    /// `n`, a whole number
    Number,
    /// `w`, a text
    Word,
}

/// A random rule; `at` makes its message its own
pub(crate) fn rule(rng: &mut Rng, at: usize) -> Rule {
    let expression = truth(rng, 3, Inside::Nothing);
    let mut rule = Rule::new(pick(rng, &[None, Some("a"), Some("ws")]), expression, &format!("rule {at}"));
    if rng.u8(0..4) == 0 {
        let kind = pick(rng, &[Kind::Whole, Kind::Text, Kind::Truth]);
        let value = MessagePart::Value(of(rng, kind, 1, Inside::Nothing));
        rule.parts = vec![MessagePart::Text(format!("rule {at}'s ")), value];
    }
    rule
}

/// A random rule about a change
pub(crate) fn transition(rng: &mut Rng, at: usize) -> Rule {
    loop {
        let rule = rule(rng, at);
        if rule.is_transition() {
            return rule;
        }
    }
}

fn of(rng: &mut Rng, kind: Kind, depth: u8, inside: Inside) -> E {
    match kind {
        Kind::Whole => whole(rng, depth, inside),
        Kind::Truth => truth(rng, depth, inside),
        Kind::Text => text(rng, depth, inside),
        Kind::Decimal if rng.bool() => path(rng, &["d"]),
        Kind::Decimal => {
            let number = serde_json::Number::from_f64(pick(rng, &[0.5, -0.5, 1.0, 2.25]));
            E::Decimal(number.expect("a finite number"))
        }
    }
}

/// A path from the struct, before the change now and then
fn path(rng: &mut Rng, steps: &[&str]) -> E {
    let origin = if rng.u8(0..12) == 0 { Origin::Old } else { Origin::This };
    E::Path(Path { origin, steps: steps.iter().map(|&step| step.to_owned()).collect() })
}

fn variable(name: &str, steps: &[&str]) -> Path {
    let steps = steps.iter().map(|&step| step.to_owned()).collect();
    Path { origin: Origin::Variable(name.to_owned()), steps }
}

fn this(name: &str) -> Path {
    Path::this(vec![name.to_owned()])
}

fn whole(rng: &mut Rng, depth: u8, inside: Inside) -> E {
    let most = if depth == 0 { 4 } else { 10 };
    match (rng.u8(0..most), inside) {
        (0, _) => E::Integer(number(rng).as_i64().unwrap_or_default()),
        (1, Inside::Part) => E::Path(variable("p", &["n"])),
        (1, Inside::Number) => E::Path(variable("n", &[])),
        (1, _) => path(rng, &["a"]),
        (2, _) => path(rng, &["o"]),
        (3, _) => path(rng, &["q", "n"]),
        (4, _) => path(rng, &["in"]),
        (5, _) => E::unary(UnaryOperator::Negate, whole(rng, depth - 1, inside)),
        (6, Inside::Part) => or_else(variable("p", &["o"]), whole(rng, depth - 1, inside)),
        (6, _) => or_else(this("o"), whole(rng, depth - 1, inside)),
        (7, _) => E::call(F::Len, collection(rng, depth - 1, inside), Vec::new()),
        (8, _) => conditional(rng, Kind::Whole, depth - 1, inside),
        _ => {
            let operator = pick(rng, &[B::Add, B::Subtract, B::Multiply, B::Divide, B::Remainder]);
            E::binary(operator, whole(rng, depth - 1, inside), whole(rng, depth - 1, inside))
        }
    }
}

fn or_else(over: Path, otherwise: E) -> E {
    E::MapOr {
        over,
        otherwise: Box::new(otherwise),
        variable: "v".to_owned(),
        body: Box::new(E::Path(variable("v", &[]))),
    }
}

fn conditional(rng: &mut Rng, kind: Kind, depth: u8, inside: Inside) -> E {
    E::Conditional {
        condition: Box::new(truth(rng, depth, inside)),
        then: Box::new(of(rng, kind, depth, inside)),
        otherwise: Box::new(of(rng, kind, depth, inside)),
    }
}

fn collection(rng: &mut Rng, depth: u8, inside: Inside) -> E {
    match rng.u8(0..5) {
        0 => path(rng, &["xs"]),
        1 => path(rng, &["ws"]),
        2 => path(rng, &["ps"]),
        3 => path(rng, &["m"]),
        _ => text(rng, depth, inside),
    }
}

fn text(rng: &mut Rng, depth: u8, inside: Inside) -> E {
    let most = if depth == 0 { 4 } else { 7 };
    match (rng.u8(0..most), inside) {
        (0, _) => E::Text(word(rng)),
        (1, Inside::Part) => E::Path(variable("p", &["s"])),
        (1, Inside::Word) => E::Path(variable("w", &[])),
        (1, _) => path(rng, &["s"]),
        (2, _) => path(rng, &["t"]),
        (3, _) => path(rng, &["q", "s"]),
        (4, _) => E::call(F::ToAsciiLowercase, text(rng, depth - 1, inside), Vec::new()),
        (5, _) => E::call(F::ToAsciiUppercase, text(rng, depth - 1, inside), Vec::new()),
        _ => conditional(rng, Kind::Text, depth - 1, inside),
    }
}

fn truth(rng: &mut Rng, depth: u8, inside: Inside) -> E {
    if depth == 0 {
        return match rng.u8(0..4) {
            0 => E::Boolean(rng.bool()),
            1 => path(rng, &["f"]),
            2 => path(rng, &["g"]),
            _ => E::call(
                pick(rng, &[F::IsSome, F::IsNone]),
                E::Path(this(pick(rng, &["o", "t", "g"]))),
                Vec::new(),
            ),
        };
    }
    let below = depth - 1;
    match rng.u8(0..12) {
        0 => E::unary(UnaryOperator::Not, truth(rng, below, inside)),
        1 | 2 => E::binary(pick(rng, &[B::And, B::Or]), truth(rng, below, inside), truth(rng, below, inside)),
        3..=5 => {
            let kind = pick(rng, &[Kind::Whole, Kind::Text, Kind::Decimal]);
            let operators = [B::Equal, B::NotEqual, B::Less, B::LessOrEqual, B::Greater, B::GreaterOrEqual];
            E::binary(pick(rng, &operators), of(rng, kind, below, inside), of(rng, kind, below, inside))
        }
        6 => E::call(
            pick(rng, &[F::StartsWith, F::EndsWith, F::Contains]),
            text(rng, below, inside),
            vec![text(rng, below, inside)],
        ),
        7 => E::call(
            F::Matches,
            text(rng, below, inside),
            vec![E::Text(pick(rng, &["^a", "b$", "^$", "[a-z]+"]).into())],
        ),
        8 if rng.bool() => {
            let bools = [of(rng, Kind::Truth, below, inside), of(rng, Kind::Truth, below, inside)];
            let [left, right] = bools;
            E::binary(pick(rng, &[B::Equal, B::NotEqual]), left, right)
        }
        8 => one_of(rng, below, inside),
        9 => conditional(rng, Kind::Truth, below, inside),
        10 => contained(rng, below, inside),
        _ if rng.bool() => E::MapOr {
            over: this(pick(rng, &["o", "in"])),
            otherwise: Box::new(E::Boolean(rng.bool())),
            variable: "n".to_owned(),
            body: Box::new(truth(rng, below, Inside::Number)),
        },
        _ => each(rng, below),
    }
}

fn one_of(rng: &mut Rng, depth: u8, inside: Inside) -> E {
    if rng.u8(0..4) == 0 {
        let values = vec![E::Text("fast".to_owned())];
        return E::OneOf { element: Box::new(path(rng, &["e"])), values };
    }
    let kind = pick(rng, &[Kind::Whole, Kind::Text]);
    let values = (0..rng.usize(1..3)).map(|_| of(rng, kind, depth, inside)).collect();
    E::OneOf { element: Box::new(of(rng, kind, depth, inside)), values }
}

fn contained(rng: &mut Rng, depth: u8, inside: Inside) -> E {
    match rng.u8(0..6) {
        4 => E::binary(pick(rng, &[B::Equal, B::NotEqual]), path(rng, &["st"]), path(rng, &["st"])),
        5 => {
            let name = pick(rng, &["xs", "ws", "m", "q"]);
            E::binary(pick(rng, &[B::Equal, B::NotEqual]), path(rng, &[name]), path(rng, &[name]))
        }
        0 => E::call(F::ContainsItem, path(rng, &["xs"]), vec![whole(rng, depth, inside)]),
        1 => E::call(F::ContainsItem, path(rng, &["ws"]), vec![text(rng, depth, inside)]),
        2 => E::call(F::ContainsKey, path(rng, &["m"]), vec![text(rng, depth, inside)]),
        _ => E::call(F::IsEmpty, collection(rng, depth, inside), Vec::new()),
    }
}

fn each(rng: &mut Rng, depth: u8) -> E {
    let (field, part, name, inside) = pick(
        rng,
        &[
            ("xs", Part::Items, "n", Inside::Number),
            ("ws", Part::Items, "w", Inside::Word),
            ("ps", Part::Items, "p", Inside::Part),
            ("m", Part::Keys, "w", Inside::Word),
            ("m", Part::Values, "w", Inside::Word),
        ],
    );
    E::Each {
        quantifier: pick(rng, &[Quantifier::All, Quantifier::Any]),
        over: Box::new(path(rng, &[field])),
        part,
        variable: name.to_owned(),
        body: Box::new(truth(rng, depth, inside)),
    }
}
