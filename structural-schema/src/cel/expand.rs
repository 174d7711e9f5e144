//! The macros of CEL: calls that become loops or tests while they are read
//!
//! It owns their shapes, which are cel-go's, since types and costs are counted on them. What a loop does is `machine`'s
//! business.

use super::issue::Issue;
use super::parser::Parser;
use super::syntax::{Element, Expr, Fold, GATHERED, Kind, Literal};

/// The name of what an optional macro looks at. The server writes it out twice instead, which would let a chain of them
/// grow without bounds; its cost is counted as if it were.
pub(super) const TARGET: &str = "@target";

type Expanded = Result<Expr, Issue>;

/// The parts of a loop macro, taken from its arguments
struct Loop {
    at: usize,
    range: Expr,
    first: String,
    second: Option<String>,
}

/// A call without a target
pub(super) fn global(parser: &mut Parser, at: usize, name: &str, mut args: Vec<Expr>) -> Expanded {
    if name != "has" || args.len() != 1 {
        return Ok(parser.call(at, name, args));
    }
    let arg = args.remove(0);
    match arg.kind {
        Kind::Select { operand, field, test: false } => {
            Ok(parser.node(at, Kind::Select { operand, field, test: true }))
        }
        _ => Err(Issue::new(arg.at, "invalid argument to has() macro")),
    }
}

/// A call with a target
pub(super) fn member(
    parser: &mut Parser,
    at: usize,
    target: Expr,
    name: String,
    args: Vec<Expr>,
) -> Expanded {
    match (name.as_str(), args.len()) {
        ("all" | "exists" | "exists_one" | "filter", 2) | ("map", 2 | 3) => {
            let (looped, rest) = one_variable(at, &name, target, args)?;
            expand_loop(parser, looped, &name, rest)
        }
        ("all" | "exists" | "existsOne", 3)
        | ("transformList" | "transformMap" | "transformMapEntry", 3 | 4) => {
            let (looped, rest) = two_variables(at, target, args)?;
            expand_loop(parser, looped, &name, rest)
        }
        ("optMap" | "optFlatMap", 2) => optional_map(parser, at, target, &name, args),
        ("sortBy", 2) => sort_by(parser, at, target, args),
        _ => Ok(qualify(parser, at, target, name, args)),
    }
}

/// A function whose name has dots is no member: `sets.contains(a, b)`
fn qualify(parser: &mut Parser, at: usize, target: Expr, name: String, args: Vec<Expr>) -> Expr {
    if let Some(prefix) = target.dotted() {
        let full = format!("{prefix}.{name}");
        if super::signature::exists(&full) {
            return parser.call(at, &full, args);
        }
    }
    parser.node(at, Kind::Call { function: name, target: Some(Box::new(target)), args })
}

fn variable(arg: &Expr, message: &str) -> Result<String, Issue> {
    match &arg.kind {
        Kind::Ident(name) if name == "__result__" => {
            Err(Issue::new(arg.at, "iteration variable overwrites accumulator variable"))
        }
        Kind::Ident(name) => Ok(name.clone()),
        _ => Err(Issue::new(arg.at, message)),
    }
}

fn one_variable(at: usize, name: &str, range: Expr, mut args: Vec<Expr>) -> Result<(Loop, Vec<Expr>), Issue> {
    let message = if matches!(name, "map" | "filter") {
        "argument is not an identifier"
    } else {
        "argument must be a simple name"
    };
    let first = variable(&args[0], message)?;
    args.remove(0);
    Ok((Loop { at, range, first, second: None }, args))
}

fn two_variables(at: usize, range: Expr, mut args: Vec<Expr>) -> Result<(Loop, Vec<Expr>), Issue> {
    let first = variable(&args[0], "argument must be a simple name")?;
    let second = variable(&args[1], "argument must be a simple name")?;
    if first == second {
        return Err(Issue::new(args[1].at, format!("duplicate variable name: {first}")));
    }
    args.drain(..2);
    Ok((Loop { at, range, first, second: Some(second) }, args))
}

fn expand_loop(parser: &mut Parser, looped: Loop, name: &str, mut args: Vec<Expr>) -> Expanded {
    let at = looped.at;
    let gathered = |parser: &mut Parser| parser.node(at, Kind::Ident(GATHERED.to_owned()));
    let literal = |parser: &mut Parser, literal| parser.node(at, Kind::Literal(literal));
    let last = args.pop().ok_or_else(|| Issue::new(at, "argument must be a simple name"))?;
    let (start, condition, step, result);
    match name {
        "all" | "exists" => {
            let all = name == "all";
            start = literal(parser, Literal::Bool(all));
            let mut so_far = gathered(parser);
            if !all {
                so_far = parser.call(at, "!_", vec![so_far]);
            }
            condition = parser.call(at, "@not_strictly_false", vec![so_far]);
            let so_far = gathered(parser);
            step = parser.call(at, if all { "_&&_" } else { "_||_" }, vec![so_far, last]);
            result = gathered(parser);
        }
        "exists_one" | "existsOne" => {
            start = literal(parser, Literal::Int(0));
            condition = literal(parser, Literal::Bool(true));
            let one = literal(parser, Literal::Int(1));
            let so_far = gathered(parser);
            let more = parser.call(at, "_+_", vec![so_far, one]);
            let so_far = gathered(parser);
            step = parser.call(at, "_?_:_", vec![last, more, so_far]);
            let one = literal(parser, Literal::Int(1));
            let so_far = gathered(parser);
            result = parser.call(at, "_==_", vec![so_far, one]);
        }
        "transformMap" | "transformMapEntry" => {
            start = parser.node(at, Kind::Map(Vec::new()));
            condition = literal(parser, Literal::Bool(true));
            let mut parts = vec![gathered(parser)];
            if name == "transformMap" {
                parts.push(parser.node(at, Kind::Ident(looped.first.clone())));
            }
            parts.push(last);
            let inserted = parser.call(at, "cel.@mapInsert", parts);
            step = filtered(parser, at, args.pop(), inserted);
            result = gathered(parser);
        }
        _ => {
            start = parser.node(at, Kind::List(Vec::new()));
            condition = literal(parser, Literal::Bool(true));
            let (filter, value) = if name == "filter" {
                (Some(last), parser.node(at, Kind::Ident(looped.first.clone())))
            } else {
                (args.pop(), last)
            };
            let added = parser.node(at, Kind::List(vec![Element { value, optional: false }]));
            let so_far = gathered(parser);
            let added = parser.call(at, "_+_", vec![so_far, added]);
            step = filtered(parser, at, filter, added);
            result = gathered(parser);
        }
    }
    let Loop { range, first, second, .. } = looped;
    let fold = Fold { range, first, second, gathered: GATHERED.to_owned(), start, condition, step, result };
    Ok(parser.node(at, Kind::Fold(Box::new(fold))))
}

fn filtered(parser: &mut Parser, at: usize, filter: Option<Expr>, step: Expr) -> Expr {
    let Some(filter) = filter else { return step };
    let so_far = parser.node(at, Kind::Ident(GATHERED.to_owned()));
    parser.call(at, "_?_:_", vec![filter, step, so_far])
}

/// A name for a value that is computed once
fn bind(parser: &mut Parser, at: usize, name: &str, value: Expr, result: Expr) -> Expr {
    let fold = Fold {
        range: parser.node(at, Kind::List(Vec::new())),
        first: "#unused".to_owned(),
        second: None,
        gathered: name.to_owned(),
        start: value,
        condition: parser.node(at, Kind::Literal(Literal::Bool(false))),
        step: parser.node(at, Kind::Ident(name.to_owned())),
        result,
    };
    parser.node(at, Kind::Fold(Box::new(fold)))
}

/// `a.optMap(x, f)`: the target is looked at twice, so it is bound to a name
fn optional_map(parser: &mut Parser, at: usize, target: Expr, name: &str, mut args: Vec<Expr>) -> Expanded {
    let mapped = args.pop().ok_or_else(|| Issue::new(at, "argument must be a simple name"))?;
    let Kind::Ident(bound) = &args[0].kind else {
        return Err(Issue::new(args[0].at, format!("{name}() variable name must be a simple identifier")));
    };
    let seen = |parser: &mut Parser| Box::new(parser.node(at, Kind::Ident(TARGET.to_owned())));
    let member = |parser: &mut Parser, function: &str, target| {
        parser.node(at, Kind::Call { function: function.to_owned(), target: Some(target), args: Vec::new() })
    };
    let subject = seen(parser);
    let value = member(parser, "value", subject);
    let mut inner = bind(parser, at, bound, value, mapped);
    if name == "optMap" {
        inner = parser.call(at, "optional.of", vec![inner]);
    }
    let subject = seen(parser);
    let there = member(parser, "hasValue", subject);
    let none = parser.call(at, "optional.none", Vec::new());
    let choice = parser.call(at, "_?_:_", vec![there, inner, none]);
    Ok(bind(parser, at, TARGET, target, choice))
}

/// `a.sortBy(x, key)`: the keys of all elements, then the elements in the order of their keys
fn sort_by(parser: &mut Parser, at: usize, target: Expr, mut args: Vec<Expr>) -> Expanded {
    const INPUT: &str = "@__sortBy_input__";
    if matches!(target.kind, Kind::Literal(_) | Kind::Map(_) | Kind::Struct { .. }) {
        let message =
            "sortBy can only be applied to a list, identifier, comprehension, call or select expression";
        return Err(Issue::new(target.at, message));
    }
    let first = variable(&args[0], "argument is not an identifier")?;
    let key = args.pop().ok_or_else(|| Issue::new(at, "argument is not an identifier"))?;
    let range = parser.node(at, Kind::Ident(INPUT.to_owned()));
    let keys = expand_loop(parser, Loop { at, range, first, second: None }, "map", vec![key])?;
    let input = Box::new(parser.node(at, Kind::Ident(INPUT.to_owned())));
    let call =
        Kind::Call { function: "@sortByAssociatedKeys".to_owned(), target: Some(input), args: vec![keys] };
    let sorted = parser.node(at, call);
    Ok(bind(parser, at, INPUT, target, sorted))
}
